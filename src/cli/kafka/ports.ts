// The ports of each node of a Kafka that is tried out.

import { choosePorts } from '../engines/ports.js';
import type { NodePorts } from './node-settings.js';

/** The ports of each node: in a row from `first` on, or free ones when `first` is 0. Rejects as `choosePorts` does. */
export async function chooseNodePorts(
  first: number,
  nodes: number,
  extraListeners: number,
): Promise<readonly NodePorts[]> {
  const perNode = 2 + extraListeners;
  const ports = await choosePorts(first, nodes * perNode);
  return Array.from({ length: nodes }, (_, index) => {
    const [plain = 0, controller = 0, ...extra] = ports.slice(index * perNode, (index + 1) * perNode);
    return { plain, controller, extra };
  });
}
