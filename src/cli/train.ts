// `flywheel train`: asks for a training and shows it to its end; where no pipeline is at work, it is done here.

import { hostname } from 'node:os';
import { type Command, Option } from 'commander';
import { FlywheelError } from '../core/errors.js';
import { createLog } from '../core/log.js';
import { pause } from '../core/pause.js';
import { servicePlace, sparkPlaces } from '../main/service-places.js';
import { readServiceSettings } from '../main/service-settings.js';
import { createModelStore } from '../services/host/registry.js';
import type { Model, ServiceName } from '../services/host/registry-contract.js';
import { createTrainer } from '../services/host/trainer.js';
import { createTrainings, trainedService } from '../services/host/trainings.js';
import {
  ownEngine,
  type TrainingEngine,
  type TrainingRecord,
  type Trainings,
  trainingEngines,
} from '../services/host/trainings-contract.js';
import { createListener } from '../stream/postgres-listener.js';
import type { Database } from '../warehouse/database.js';
import { createLeases } from '../warehouse/leases.js';
import { onStopSignal } from './ending.js';
import { wholeNumber } from './options.js';
import { type WarehouseAtHand, withWarehouse } from './with-warehouse.js';

interface TrainArguments {
  readonly seed: number;
  readonly engine: TrainingEngine;
  readonly promote: boolean;
  readonly json?: boolean;
}

const lookEveryMs = 250;

async function train(name: string, options: TrainArguments): Promise<void> {
  const service = trainedService(name);
  const interruption = new AbortController();
  const stopAsked = onStopSignal(() => interruption.abort());
  try {
    show(await withWarehouse((at) => trainAt(at, service, options, interruption.signal)), options);
  } finally {
    stopAsked.forget();
  }
}

/** One line: which model it is, whether it serves, and how good it is. */
function show({ service, version, status, quality, sizeBytes }: Model, { json }: TrainArguments): void {
  const figures = Object.entries(quality).map(([measure, figure]) => `${measure} ${figure.toPrecision(4)}`);
  console.log(
    json
      ? JSON.stringify({ service, version, status, quality, sizeBytes })
      : `${service}/${version} is the ${status}: ${figures.join(', ')}`,
  );
}

async function trainAt(
  { config, database, url, progress }: WarehouseAtHand,
  service: ServiceName,
  options: TrainArguments,
  signal: AbortSignal,
): Promise<Model> {
  const log = createLog({ level: config.logLevel });
  const settings = await readServiceSettings(config.services.settingsFile);
  const place = { databaseUrl: url, settings: settings[service] };
  const listener = createListener({ url });
  const trainings = createTrainings({ database, listener });
  // Where a pipeline is at work it holds the duty, and this one waits beside it.
  const trainer = createTrainer({
    database,
    listener,
    leases: createLeases({ url, holder: `${hostname()}/${process.pid}` }),
    places: { [service]: servicePlace(service, place) },
    sparkPlaces: sparkPlaces(config.spark, place),
    onFault: (error) => log.warn({ error }, 'the training goes on later'),
  });
  try {
    return await progress.step(`Training ${service}`, async (say) => {
      const asked = await askInTurn(trainings, service, options, { signal, say });
      const cancel = () => void trainings.cancel(service).catch(() => {});
      if (signal.aborted) cancel();
      signal.addEventListener('abort', cancel, { once: true });
      return modelOf(await followToEnd(trainings, asked, say), database);
    });
  } finally {
    await trainer.close();
    await listener.close();
  }
}

async function modelOf(
  { service, state, step, version }: TrainingRecord,
  database: Database,
): Promise<Model> {
  const models = await createModelStore(database).models(service);
  const model = models.find((each) => each.version === version);
  if (model !== undefined) return model;
  if (state === 'failed' && step !== null) throw new FlywheelError('BAD_INPUT', step);
  throw new FlywheelError('CANCELLED', `The training of ${service} was cancelled; there is no new model.`);
}

interface Following {
  readonly signal: AbortSignal;
  say(detail: string): void;
}

/** Asks once no other training of the service waits or runs. */
async function askInTurn(
  trainings: Trainings,
  service: ServiceName,
  { seed, engine, promote }: TrainArguments,
  { signal, say }: Following,
): Promise<TrainingRecord> {
  for (;;) {
    if (signal.aborted) {
      throw new FlywheelError('CANCELLED', `Interrupted before a training of ${service} was asked for.`);
    }
    try {
      return await trainings.ask(service, { seed, engine, promoteIfBetter: promote });
    } catch (error) {
      if (!(error instanceof FlywheelError) || error.code !== 'CONFLICT') throw error;
    }
    const [other] = await trainings.list({ service, first: 1 });
    say(`waiting for the training before it (${other === undefined ? 'it ends' : howFar(other)})`);
    await pause(lookEveryMs, signal);
  }
}

/** The training as it ended. */
async function followToEnd(
  trainings: Trainings,
  asked: TrainingRecord,
  say: Following['say'],
): Promise<TrainingRecord> {
  for (;;) {
    const newest = await trainings.list({ service: asked.service, first: 20 });
    const record = newest.find(({ id }) => id === asked.id) ?? asked;
    if (record.endedAt !== null) return record;
    say(howFar(record));
    await pause(lookEveryMs);
  }
}

function howFar({ state, share, step }: TrainingRecord): string {
  if (state === 'waiting') return 'waiting for its turn';
  return [`${Math.round(share * 100)} %`, ...(step === null ? [] : [step])].join(', ');
}

/** Adds the command `train` to the program. */
export function registerTrain(program: Command): void {
  program
    .command('train')
    .description('train a model of a service; it serves if it is no worse than the one before')
    .argument('<service>', 'recommendation or segmentation')
    .option(
      '--seed <number>',
      'what every random draw comes from: the same data and seed give the same model',
      wholeNumber(0, Number.MAX_SAFE_INTEGER),
      1,
    )
    .addOption(
      new Option(
        '--engine <engine>',
        'what factorises for recommendation: this program itself, or the Spark of SPARK_HOME',
      )
        .choices(trainingEngines)
        .default(ownEngine),
    )
    .option('--no-promote', 'only keep the model beside the one that serves, however good it is')
    .option('--json', 'print the model as one JSON object')
    .action(train);
}
