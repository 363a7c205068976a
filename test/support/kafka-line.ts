// A line to a Kafka broker that can be cut, mended and made mute: what a client sees when the network fails.

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface KafkaLine {
  readonly port: number;
  /** Where the line leads; nobody gets through before it is said. */
  lead(port: number): void;
  /** Breaks every connection and refuses new ones. */
  cut(): void;
  mend(): void;
  /** Swallows what the broker answers from now on; what is sent to it still arrives. */
  mute(): void;
  /** Answers are let through again, on new connections as on those that are left. */
  unmute(): void;
  close(): Promise<void>;
}

export async function openKafkaLine(): Promise<KafkaLine> {
  const sockets = new Set<Socket>();
  let target: number | undefined;
  let isCut = false;
  let isMute = false;
  const server = createServer((near) => {
    if (isCut || target === undefined) {
      near.destroy();
      return;
    }
    const far = connect(target, '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far);
    far.on('data', (bytes) => {
      if (!isMute) near.write(bytes);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The line has no port.');
  const cutAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: address.port,
    lead: (port) => {
      target = port;
    },
    cut() {
      isCut = true;
      cutAll();
    },
    mend() {
      isCut = false;
    },
    mute() {
      isMute = true;
    },
    unmute() {
      isMute = false;
    },
    async close() {
      isCut = true;
      cutAll();
      server.close();
      await once(server, 'close');
    },
  };
}
