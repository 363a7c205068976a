// Ports of this machine for engines that are tried out.

import { once } from 'node:events';
import { createServer } from 'node:net';
import { FlywheelError } from '../../core/errors.js';

/**
 * As many ports as asked: in a row from `first` on, or free ones when `first` is 0. Rejects with CONFLICT when somebody
 * else holds one, whose engine would otherwise be taken for ours.
 */
export async function choosePorts(first: number, count: number): Promise<readonly number[]> {
  const wanted = Array.from({ length: count }, (_, index) => (first === 0 ? 0 : first + index));
  // All at once, so that no port is chosen twice.
  const held = await Promise.allSettled(wanted.map(hold));
  await Promise.all(held.map((outcome) => outcome.status === 'fulfilled' && outcome.value.release()));
  return held.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value.port;
  });
}
async function hold(port: number): Promise<{ port: number; release(): Promise<void> }> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new FlywheelError(
      'CONFLICT',
      `Port ${port} is taken by another program; stop it, or choose another with --port.`,
      { cause: error },
    );
  }
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return {
    port: address.port,
    release: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
