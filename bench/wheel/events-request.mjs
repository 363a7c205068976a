// The bytes of a POST /events.

/** @param {number} port @param {object[]} events */
export function eventsRequest(port, events) {
  const body = Buffer.from(JSON.stringify(events));
  const head = `POST /events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}
