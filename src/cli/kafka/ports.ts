// Ports of this machine for a Kafka that is tried out.

import { once } from 'node:events';
import { createServer } from 'node:net';
import { FlywheelError } from '../../core/errors.js';
import type { NodePorts } from './node-settings.js';

/**
 * The ports of each node: in a row from `first` on, or free ones when `first` is 0. Rejects with CONFLICT when somebody
 * else holds one, whose Kafka would otherwise be taken for ours.
 */
export async function choosePorts(
  first: number,
  nodes: number,
  extraListeners: number,
): Promise<readonly NodePorts[]> {
  const perNode = 2 + extraListeners;
  const wanted = Array.from({ length: nodes * perNode }, (_, index) => (first === 0 ? 0 : first + index));
  const held = await Promise.allSettled(wanted.map(hold));
  const ports = held.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value.port : 0));
  await Promise.all(held.map((outcome) => outcome.status === 'fulfilled' && outcome.value.release()));
  const taken = held.find((outcome) => outcome.status === 'rejected');
  if (taken !== undefined) throw taken.reason;
  return Array.from({ length: nodes }, (_, index) => {
    const [plain = 0, controller = 0, ...extra] = ports.slice(index * perNode, (index + 1) * perNode);
    return { plain, controller, extra };
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
