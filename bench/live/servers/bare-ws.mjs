// The limit: `ws` alone. It knows each document by its text, parses nothing else, and writes one head per socket before shared bytes.
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import { everyMs, nextUpdate } from '../follow-document.mjs';

const server = createServer();
const wss = new WebSocketServer({
  server,
  perMessageDeflate: false,
  handleProtocols: () => 'graphql-transport-ws',
});
/** @type {Map<string, Set<{ socket: import('ws').WebSocket, head: string }>>} */
const byField = new Map();

wss.on('connection', (socket) => {
  socket.on('message', (data) => {
    const { type, id, payload } = JSON.parse(String(data));
    if (type === 'connection_init') {
      socket.send('{"type":"connection_ack"}');
      return;
    }
    const field = /m\d+/.exec(payload.query)?.[0] ?? '';
    const follower = { socket, head: `{"id":"${id}","type":"next","payload":{"data":{"${field}":` };
    const followers = byField.get(field) ?? new Set();
    byField.set(field, followers.add(follower));
    socket.on('close', () => followers.delete(follower));
  });
});

setInterval(() => {
  const body = `${JSON.stringify(nextUpdate())}}}}`;
  for (const followers of byField.values()) {
    for (const { socket, head } of followers) socket.send(head + body);
  }
}, everyMs);

server.listen(Number(process.env.PORT), '127.0.0.1');
