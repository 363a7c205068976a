// Trainings in the warehouse: asked for and cancelled anywhere, done by whoever is the trainer, watched everywhere.

import { FlywheelError } from '../../core/errors.js';
import type { Listener } from '../../stream/postgres-listener.js';
import type { Database } from '../../warehouse/database.js';
import { addTraining, cancelTraining, readTrainings, type TrainingRow } from '../../warehouse/trainings.js';
import { type ServiceName, serviceNames } from './registry-contract.js';
import { watchTrainingRows } from './training-watch.js';
import {
  ownEngine,
  sparkEngine,
  type TrainingRecord,
  type Trainings,
  trainingEngines,
  trainingReasons,
  trainingStates,
} from './trainings-contract.js';

export interface TrainingsDeps {
  readonly database: Pick<Database, 'kysely'>;
  /** Where changes of other processes are heard. */
  readonly listener: Listener;
}

/** Why there is nothing to ask for. */
const untrained: Readonly<Partial<Record<ServiceName, string>>> = {
  forecasting: 'forecasting is not trained: it fits every series anew when it is asked for a forecast.',
  learning: 'learning is not trained: it learns by itself as events arrive.',
};
const trained = serviceNames.filter((service) => untrained[service] === undefined);

/** The service of that name, if it is one that can be trained. BAD_INPUT otherwise. */
export function trainedService(name: string): ServiceName {
  const service = trained.find((known) => known === name);
  if (service !== undefined) return service;
  const why = serviceNames.flatMap((known) => (known === name ? (untrained[known] ?? []) : []))[0];
  throw new FlywheelError(
    'BAD_INPUT',
    why ?? `There is no service "${name}"; those that can be trained are ${trained.join(' and ')}.`,
  );
}

/** `watch` begins with the trainings that wait or run then; none of its records is older than one before it. */
export function createTrainings({ database, listener }: TrainingsDeps): Trainings {
  return {
    async ask(service, { seed = 1, engine = ownEngine, promoteIfBetter = true } = {}) {
      if (!Number.isSafeInteger(seed)) {
        throw new FlywheelError('BAD_INPUT', 'The seed of a training must be a whole number.');
      }
      const wanted = trainedService(service);
      if (engine === sparkEngine && wanted !== 'recommendation') {
        throw new FlywheelError(
          'BAD_INPUT',
          `${wanted} is not trained on Spark, which factorises for recommendation alone; train it without Spark.`,
        );
      }
      const asked = { service: wanted, reason: 'asked', engine, seed, promotes: promoteIfBetter };
      const row = await addTraining(database, asked);
      if (row !== undefined) return requireRecord(row);
      throw new FlywheelError(
        'CONFLICT',
        `${service} is being trained already, or will be soon; wait for the end of that training, or cancel it.`,
      );
    },
    async cancel(service) {
      const row = await cancelTraining(database, service);
      if (row !== undefined) return requireRecord(row);
      throw new FlywheelError('NOT_FOUND', `No training of ${service} waits or runs.`);
    },
    async list(options) {
      return (await readTrainings(database, options)).flatMap((row) => recordOf(row) ?? []);
    },
    watch(onRecord) {
      return watchTrainingRows({ database, listener }, (row) => {
        const record = recordOf(row);
        if (record !== undefined) onRecord(record);
      });
    },
  };
}

/** Undefined for what a newer program wrote and this one has no name for. */
function recordOf(row: TrainingRow): TrainingRecord | undefined {
  const service = serviceNames.find((name) => name === row.service);
  const state = trainingStates.find((name) => name === row.state);
  const reason = trainingReasons.find((name) => name === row.reason);
  const engine = trainingEngines.find((name) => name === row.engine);
  if (service === undefined || state === undefined || reason === undefined || engine === undefined) {
    return undefined;
  }
  const { id, seed, share, step, version, askedAt, startedAt, endedAt } = row;
  return { id, service, state, reason, engine, seed, share, step, version, askedAt, startedAt, endedAt };
}

function requireRecord(row: TrainingRow): TrainingRecord {
  const record = recordOf(row);
  if (record === undefined) throw new Error(`The training ${row.id} has a name that is not known here.`);
  return record;
}
