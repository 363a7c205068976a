// Processes that train the multiplier, under the names of the two services that can be trained.

import { createTrainer, type Trainer, type TrainerDeps } from '../../../src/services/host/trainer.js';
import type { ThreadPlace } from '../../../src/services/host/worker-carry.js';
import { createListener } from '../../../src/stream/postgres-listener.js';
import { createDatabase } from '../../../src/warehouse/database.js';
import { createLeases } from '../../../src/warehouse/leases.js';
import { typescriptThreads } from '../../support/threads.js';

export interface TrainerProcess {
  readonly trainer: Trainer;
  /** The ends of its trainings, as SERVICE STATE. */
  readonly ends: readonly string[];
  readonly faults: readonly unknown[];
  /** As an orderly stop does. */
  close(): Promise<void>;
}

/** With connections of its own; those of its leases go the way that `leaseUrl` names. */
export function startTrainerProcess(
  url: string,
  { leaseUrl = url, ...deps }: Partial<TrainerDeps> & { readonly leaseUrl?: string } = {},
): TrainerProcess {
  const ends: string[] = [];
  const faults: unknown[] = [];
  const placeOf = (entry: URL): ThreadPlace => ({ entry, databaseUrl: url, execArgv: typescriptThreads });
  const database = createDatabase({ url, poolSize: 3 });
  const listener = createListener({ url });
  const trainer = createTrainer({
    database,
    listener,
    leases: createLeases({ url: leaseUrl, holder: `test/${process.pid}`, ttlMs: 2_000, renewMs: 250 }),
    places: {
      recommendation: placeOf(new URL('trained-recommendation.ts', import.meta.url)),
      segmentation: placeOf(new URL('trained-segmentation.ts', import.meta.url)),
    },
    atOnce: 1,
    graceMs: 300,
    onEnd: (service, { state }) => ends.push(`${service} ${state}`),
    onFault: (error) => faults.push(error),
    ...deps,
  });
  return {
    trainer,
    ends,
    faults,
    async close() {
      await trainer.close();
      await listener.close();
      await database.close();
    },
  };
}
