// The duty of judging challengers in the pipeline role.

import { createBell } from '../core/bell.js';
import { judgeOnce } from '../flywheel/judge-challenger.js';
import type { Database } from '../warehouse/database.js';
import { startDuty } from './duty.js';
import type { Foundations } from './foundations.js';
import type { ServicesStarter } from './services.js';
import type { Streams } from './streams.js';

/** What customers do adds up slowly. */
const lookEveryMs = 15_000;

export async function startJudging(
  foundations: Foundations,
  { leases }: Pick<Streams, 'leases'>,
  database: Database,
  { models: registry }: Pick<ServicesStarter, 'models'>,
): Promise<void> {
  const { log } = foundations;
  await startDuty(foundations, leases, {
    name: 'judge of challengers',
    complaint: 'challengers are judged later',
    work: async (_lease, signal) => {
      const bell = createBell();
      const unwatch = registry.watch(bell.ring);
      signal.addEventListener('abort', bell.ring, { once: true });
      try {
        while (!signal.aborted) {
          const end = await judgeOnce({ database, registry });
          if (end !== undefined) log.info(end.figures, end.reason);
          await bell.wait(lookEveryMs);
        }
      } finally {
        unwatch();
        signal.removeEventListener('abort', bell.ring);
      }
    },
  });
}
