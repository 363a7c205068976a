// The customers of the demonstration, kept acting for as long as nothing else is in the warehouse.

import { actDemo } from '../cli/act-demo.js';
import { systemClock } from '../core/clock.js';
import { createCollector } from '../events/collect.js';
import type { Database } from '../warehouse/database.js';
import type { Foundations } from './foundations.js';
import type { Streams } from './streams.js';

/** They come in by the door that is open to everybody: the collector. */
export async function startActing(
  { config, lifecycle, log }: Foundations,
  { log: eventLog, leases }: Streams,
  database: Database,
): Promise<void> {
  const closing = new AbortController();
  const collector = createCollector({
    log: eventLog,
    topics: config.topics,
    timeZone: config.stream.timeZone,
    clock: systemClock,
  });
  await lifecycle.start({
    name: 'customers of the demonstration',
    start: () => ({
      acting: actDemo({ database, leases, clock: systemClock, log, collector }, closing.signal),
    }),
    stop: ({ acting }) => {
      closing.abort();
      return acting;
    },
  });
}
