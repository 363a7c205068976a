// A duty that one process at a time holds, started and stopped with its process.

import type { Lease, Leases } from '../core/lease.js';
import type { Foundations } from './foundations.js';

export interface Duty {
  /** As an operator calls it; the name of its lease too. */
  readonly name: string;
  /** Works until the signal comes: the lease is lost then, or the process stops. What it rejects with is tried again. */
  readonly work: (lease: Lease, signal: AbortSignal) => Promise<void>;
  /** Said of what it rejects with. */
  readonly complaint: string;
}

export async function startDuty(
  { lifecycle, log }: Foundations,
  leases: Leases,
  { name, work, complaint }: Duty,
): Promise<void> {
  const closing = new AbortController();
  await lifecycle.start({
    name,
    start: () => ({
      running: leases.hold(name, (lease) => work(lease, AbortSignal.any([lease.lost, closing.signal])), {
        signal: closing.signal,
        onFault: (error) => log.warn({ error }, complaint),
      }),
    }),
    stop: ({ running }) => {
      closing.abort();
      return running;
    },
  });
}
