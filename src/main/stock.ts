// Stock in the pipeline role: counts are kept with the facts, and one process orders what is short.

import type { Log } from '../core/log.js';
import { createNowAndThen } from '../core/now-and-then.js';
import { pause } from '../core/pause.js';
import { noteStock } from '../flywheel/stock/note-stock.js';
import { checkTerms } from '../flywheel/stock/reorder-terms.js';
import { watchStock } from '../flywheel/stock/watch-stock.js';
import type { BatchStep } from '../pipeline/batch-step.js';
import { whileWoken } from '../pipeline/wake.js';
import type { Database } from '../warehouse/database.js';
import { stockChannel } from '../warehouse/wheel/stock.js';
import { startDuty } from './duty.js';
import type { Foundations } from './foundations.js';
import type { ServicesStarter } from './services.js';
import type { Streams } from './streams.js';

/** Waited for files, which notify nobody, and for notifications that are lost. */
const lookEveryMs = 5_000;
/** After something was heard of, so long for more to come: a product that sells all the time is looked at no more often. */
const gatherMs = 1_000;

/** Events that say nothing are named so often at most. */
const namedEveryMs = 60_000;

/** To be handed to the pipeline. */
export function stockStep(log: Log): BatchStep {
  const isTime = createNowAndThen(namedEveryMs);
  let events = 0;
  return async (session, facts) => {
    const refused = await noteStock(session, facts);
    if (refused === 0) return undefined;
    return () => {
      events += refused;
      if (!isTime()) return;
      log.warn({ events }, 'events of the type stock name no product, or no number of units that can be');
      events = 0;
    };
  };
}

/** Orders by itself for as long as the process runs, under a lease. */
export async function startWatchingStock(
  foundations: Foundations,
  { decoders, leases, listener }: Pick<Streams, 'decoders' | 'leases' | 'listener'>,
  database: Database,
  { startForecasting }: ServicesStarter,
): Promise<void> {
  const { config, log } = foundations;
  const forecasting = await startForecasting();
  const deps = {
    database,
    forecasting,
    terms: checkTerms(config.wheel.reorder),
    inputTopics: [...decoders.keys()],
    decisionsTopic: config.topics.decisions,
  };
  await startDuty(foundations, leases, {
    name: 'stock',
    complaint: 'what is to be ordered is worked out later',
    work: (lease, signal) =>
      whileWoken(listener, stockChannel, (wake) => {
        const wait = async () => {
          await wake.wait(lookEveryMs, signal);
          await pause(gatherMs, signal);
        };
        const onDecided = (decisions: readonly { readonly product: string | null }[]) =>
          log.info({ products: decisions.map(({ product }) => product) }, 'goods are to be ordered');
        return watchStock({ ...deps, lease, wait, onDecided }, signal);
      }),
  });
}
