// A way to a server that can be cut or fall silent, as a cable can.

import { connect, createServer, type Socket } from 'node:net';

export interface Cuttable {
  /** The port to connect to instead of the server's. */
  readonly port: number;
  /** Ends all connections at once and refuses new ones, until `mend`. */
  cut(): void;
  /** Lets nothing through any more, in neither direction and without a word, until `mend`. */
  silence(): void;
  /** Cuts the connection that next says this, when the answer comes: it was heard, and the answer is lost. */
  cutAnswerTo(words: string): void;
  /** New connections pass again; those that were silenced are gone. */
  mend(): void;
  close(): Promise<void>;
}

export async function createCuttable(target: { host: string; port: number }): Promise<Cuttable> {
  const sockets = new Set<Socket>();
  let state: 'open' | 'cut' | 'silent' = 'open';
  let trap: string | undefined;
  const server = createServer((near) => {
    sockets.add(near);
    near.on('error', () => {});
    near.on('close', () => sockets.delete(near));
    if (state === 'cut') near.destroy();
    if (state !== 'open') return;
    const far = connect(target.port, target.host);
    sockets.add(far);
    far.on('error', () => near.destroy());
    far.on('close', () => {
      sockets.delete(far);
      if (state !== 'silent') near.destroy();
    });
    near.on('close', () => far.destroy());
    let trapped = false;
    near.on('data', (data) => {
      if (state === 'silent') return;
      if (trap !== undefined && data.includes(trap)) {
        trapped = true;
        trap = undefined;
      }
      far.write(data);
    });
    far.on('data', (data) => {
      if (trapped) near.destroy();
      else if (state !== 'silent') near.write(data);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The way has no port.');
  const dropAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: address.port,
    cut() {
      state = 'cut';
      dropAll();
    },
    silence() {
      state = 'silent';
    },
    cutAnswerTo(words) {
      trap = words;
    },
    mend() {
      dropAll();
      state = 'open';
    },
    async close() {
      dropAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
