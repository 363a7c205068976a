// Subscribers of a thousand sockets that cost as little as can be: frames are counted where they lie, nothing is parsed but a number.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { bulkyDocument, document } from './follow-document.mjs';

const handshake = (/** @type {number} */ port) =>
  `GET /graphql HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n';

/** A masked text frame whose mask changes nothing. @param {string} text */
function frame(text) {
  const body = Buffer.from(text);
  const head =
    body.length < 126
      ? Buffer.from([0x81, 0x80 | body.length, 0, 0, 0, 0])
      : Buffer.from([0x81, 0xfe, body.length >> 8, body.length & 255, 0, 0, 0, 0]);
  return Buffer.concat([head, body]);
}

const subscribe = (/** @type {string} */ query) =>
  frame(JSON.stringify({ id: randomUUID(), type: 'subscribe', payload: { query } }));

const textKind = 1;
const pingKind = 9;
const pong = Buffer.from([0x8a, 0x80, 0, 0, 0, 0]);

const valueMark = Buffer.from('"value":');

/** The number after the mark in a frame, or -1. @param {Buffer} data @param {number} from @param {number} to */
function valueIn(data, from, to) {
  const at = data.indexOf(valueMark, from);
  if (at === -1 || at >= to) return -1;
  let value = 0;
  for (let place = at + valueMark.length; place < to; place += 1) {
    const digit = (data[place] ?? 0) - 48;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  return value;
}

/** @param {import('node:net').Socket} socket */
function closed(socket) {
  if (socket.closed) return undefined;
  socket.destroy();
  return once(socket, 'close');
}

/**
 * Opens sockets and subscribes on each; resolves when every one has heard something.
 * @param {{ port: number, sockets: number, cohorts: number, onValue?: (value: number) => void }} plan
 */
export async function openSubscribers({ port, sockets, cohorts, onValue }) {
  const counts = { messages: 0 };
  const all = [];
  for (let index = 0; index < sockets; index += 1) {
    all.push(openOne(port, index % cohorts, counts, onValue));
    if (index % 50 === 49) await Promise.all(all.slice(-50));
  }
  const opened = await Promise.all(all);
  return {
    counts,
    close: () => Promise.all(opened.map(closed)),
  };
}

/** @param {number} port @param {number} cohort @param {{ messages: number }} counts @param {((value: number) => void) | undefined} onValue */
async function openOne(port, cohort, counts, onValue) {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(handshake(port));
  let rest = Buffer.alloc(0);
  let isOpen = false;
  /** @type {() => void} */
  let hear = () => undefined;
  const heard = new Promise((resolve, reject) => {
    hear = () => resolve(undefined);
    socket.once('close', () => reject(new Error('The server closed a socket before it said anything.')));
  });
  socket.on('data', (chunk) => {
    let data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    if (!isOpen) {
      const end = data.indexOf('\r\n\r\n');
      if (end === -1) {
        rest = data;
        return;
      }
      isOpen = true;
      data = data.subarray(end + 4);
      socket.write(frame('{"type":"connection_init"}'));
    }
    let at = 0;
    while (at + 4 <= data.length) {
      const short = (data[at + 1] ?? 0) & 127;
      const start = at + (short === 126 ? 4 : 2);
      const end = start + (short === 126 ? data.readUInt16BE(at + 2) : short);
      if (end > data.length) break;
      const kind = (data[at] ?? 0) & 15;
      if (kind === pingKind) {
        socket.write(pong);
      } else if (short !== 126) {
        // The only short message is the acknowledgement.
        if (kind === textKind) socket.write(subscribe(document(cohort)));
      } else {
        counts.messages += 1;
        hear();
        if (onValue !== undefined) onValue(valueIn(data, start, end));
      }
      at = end;
    }
    rest = data.subarray(at);
  });
  await heard;
  return socket;
}

/**
 * Sockets that ask for much and read nothing.
 * @param {{ port: number, sockets: number }} plan
 */
export async function openStalled({ port, sockets }) {
  const all = [];
  for (let index = 0; index < sockets; index += 1) {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(handshake(port));
    await once(socket, 'data');
    socket.write(frame('{"type":"connection_init"}'));
    await once(socket, 'data');
    socket.pause();
    socket.write(subscribe(bulkyDocument));
    all.push(socket);
  }
  return { close: () => Promise.all(all.map(closed)) };
}
