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
  /** Puts rubbish behind the head of the next answers of the broker, as many as said. */
  garble(answers: number): void;
  /** The connections that are there stay mute, as those that a firewall has forgotten. */
  forgetConnections(): void;
  /** Answers are let through again. */
  unmute(): void;
  close(): Promise<void>;
}

export async function openKafkaLine(): Promise<KafkaLine> {
  const sockets = new Set<Socket>();
  const forgotten = new WeakSet<Socket>();
  let target: number | undefined;
  let isCut = false;
  let isMute = false;
  let garbled = 0;
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
      if (isMute || forgotten.has(near)) return;
      if (garbled > 0) {
        garbled -= 1;
        // Its length and the number of its request stay.
        bytes.fill(0x7f, 8);
      }
      near.write(bytes);
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
    garble(answers) {
      garbled = answers;
    },
    forgetConnections() {
      for (const socket of sockets) forgotten.add(socket);
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
