// The duty of training: one process at a time does the trainings that were asked for, and asks for those that are due.

import { availableParallelism } from 'node:os';
import { createBell } from '../../core/bell.js';
import type { Lease, Leases } from '../../core/lease.js';
import type { Listener } from '../../stream/postgres-listener.js';
import type { Database } from '../../warehouse/database.js';
import { readTrainingNeeds } from '../../warehouse/training-needs.js';
import {
  addTraining,
  beginTraining,
  endTraining,
  type ModellessEnd,
  readTrainingNews,
  readUnfinishedTrainings,
  recoverTrainings,
  type TrainingEnd,
  type TrainingRow,
  trainingChannel,
} from '../../warehouse/trainings.js';
import { type ServiceName, serviceNames } from './registry-contract.js';
import { runTraining } from './training-run.js';
import { driftLearners, reasonToTrain, type TrainingSchedule } from './training-schedule.js';
import type { TrainingPlace } from './training-thread.js';
import { ownEngine, sparkEngine } from './trainings-contract.js';

export interface TrainerDeps {
  readonly database: Pick<Database, 'kysely'>;
  /** Where trainings that are asked for and cancelled are heard of. */
  readonly listener: Listener;
  readonly leases: Leases;
  /** Where the threads of each service that this process trains start. */
  readonly places: Readonly<Partial<Record<ServiceName, TrainingPlace>>>;
  /** Where those start that train on Spark (none: this process has no Spark, and such trainings fail). */
  readonly sparkPlaces?: Readonly<Partial<Record<ServiceName, TrainingPlace>>>;
  /** When those services are trained without anybody asking (never). */
  readonly schedule?: TrainingSchedule;
  /** The services whose models go on trial beside the champion, where nobody asked for them (none). */
  readonly tries?: readonly ServiceName[];
  /** How many trainings run at once, each of another service (1; on four processors or more, 2). */
  readonly atOnce?: number;
  /** How often the warehouse is looked at without any notification (5,000 ms). */
  readonly lookMs?: number;
  /** How long a cancelled training may take to end by itself (1,000 ms). */
  readonly graceMs?: number;
  /** Told how each training ends that this process did. */
  readonly onEnd?: (service: ServiceName, end: TrainingEnd) => void;
  /** Told of what fails on the way; the duty goes on. */
  readonly onFault: (error: unknown) => void;
}

export interface Trainer {
  /** Breaks off what runs, so that it waits for the next process, and gives the duty back; never rejects. */
  close(): Promise<void>;
}

const diedTooOften =
  'Three times it was broken off before it was done, as when its process ends; look into the log, and ask again.';
const noSpark =
  'Where trainings are done there is no Spark; set SPARK_HOME for the processes of the role pipeline, or train without it.';
const never: TrainingSchedule = { everyMs: undefined, afterEvents: undefined };

interface Run {
  readonly cancelling: AbortController;
  readonly done: Promise<void>;
}

/**
 * Waits for the lease `trainer` and does the duty while it is held. What a process left running when it died is begun
 * twice more; a process that lost the lease cannot write to what another one has taken up.
 */
export function createTrainer(deps: TrainerDeps): Trainer {
  const { database, listener, leases, places, onEnd, onFault, graceMs = 1_000 } = deps;
  const {
    sparkPlaces = {},
    schedule = never,
    tries = [],
    lookMs = 5_000,
    atOnce = availableParallelism() < 4 ? 1 : 2,
  } = deps;
  const services = serviceNames.filter((service) => places[service] !== undefined);
  const closing = new AbortController();

  async function askForWhatIsDue(): Promise<void> {
    if (schedule.everyMs === undefined && schedule.afterEvents === undefined) return;
    for (const need of await readTrainingNeeds(database, services, driftLearners)) {
      const reason = reasonToTrain(need, schedule);
      if (reason === undefined) continue;
      await addTraining(database, {
        service: need.service,
        reason,
        engine: ownEngine,
        seed: 1,
        promotes: true,
      });
    }
  }

  function placeOf(service: ServiceName, { engine }: TrainingRow): TrainingPlace | undefined {
    return engine === sparkEngine ? sparkPlaces[service] : places[service];
  }

  /** Lasts as long as the lease. */
  async function doDuty({ number: trainer, lost }: Lease): Promise<void> {
    const bell = createBell();
    const runs = new Map<number, Run>();

    async function run(service: ServiceName, row: TrainingRow, cancelling: AbortController): Promise<void> {
      const place = placeOf(service, row);
      const running = { id: row.id, trainer };
      if ((await beginTraining(database, running)) === undefined) return;
      if (place === undefined) {
        const end: ModellessEnd = { state: 'failed', step: noSpark, version: null };
        if ((await endTraining(database, running, end)) !== undefined) onEnd?.(service, end);
        return;
      }
      // Who asks for a model that serves wants it to serve.
      const asChallenger = row.reason !== 'asked' && tries.includes(service);
      const end = await runTraining(
        { service, place, row, asChallenger, running, over: lost, cancelling },
        { database, graceMs, onFault },
      );
      if (end !== undefined) onEnd?.(service, end);
    }

    function start(service: ServiceName, row: TrainingRow): void {
      const cancelling = new AbortController();
      const done = run(service, row, cancelling)
        .catch(onFault)
        .finally(() => {
          runs.delete(row.id);
          bell.ring();
        });
      runs.set(row.id, { cancelling, done });
    }

    async function look(): Promise<void> {
      await recoverTrainings(database, { trainer, ids: [...runs.keys()] }, diedTooOften);
      await askForWhatIsDue();
      for (const row of await readUnfinishedTrainings(database)) {
        if (lost.aborted) return;
        if (row.cancelAsked) runs.get(row.id)?.cancelling.abort();
        const service = services.find((name) => name === row.service);
        const isWaiting = row.state === 'waiting' && !runs.has(row.id);
        if (isWaiting && service !== undefined && runs.size < atOnce) start(service, row);
      }
    }

    const onLost = () => bell.ring();
    lost.addEventListener('abort', onLost, { once: true });
    const unlisten = listener.on(trainingChannel, (payload) => {
      const row = payload === undefined ? undefined : readTrainingNews(payload);
      if (row === undefined || isForTrainers(row)) bell.ring();
    });
    try {
      while (!lost.aborted) {
        await look().catch(onFault);
        await bell.wait(lookMs);
      }
    } finally {
      unlisten();
      await Promise.all([...runs.values()].map(({ done }) => done));
    }
  }

  const holding = leases.hold('trainer', doDuty, { signal: closing.signal, onFault });
  return {
    async close() {
      closing.abort();
      await holding;
    },
  };
}

/** Of all that is heard, what asks a trainer to do something. */
function isForTrainers({ state, cancelAsked }: TrainingRow): boolean {
  return state === 'waiting' || (state === 'running' && cancelAsked);
}
