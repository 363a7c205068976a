// Holds that followers of trainings begin with what stands, hear every change, and miss nothing that counts when slow.

import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDocuments } from '../../graphql/documents.js';
import { createErrorPresenter } from '../../graphql/errors.js';
import { createHub, type Hub } from '../../graphql/hub/hub.js';
import type { Subscription } from '../../graphql/hub/sink.js';
import { loadSchema } from '../../graphql/schema.js';
import { systemClock } from '../../src/core/clock.js';
import { FlywheelError } from '../../src/core/errors.js';
import { createHubTelemetry } from '../../src/core/hub-telemetry.js';
import { openScope } from '../../src/core/scope.js';
import { createEventFeed } from '../../src/events/event-feed.js';
import { definitions } from '../../src/metrics/definitions.js';
import { createLiveFeed } from '../../src/metrics/live-feed.js';
import type { ServiceName } from '../../src/services/host/registry-contract.js';
import type { Trainings } from '../../src/services/host/trainings-contract.js';
import { catalogue } from '../../src/warehouse/catalogue.js';
import { createReader } from '../../src/warehouse/read/reader.js';
import { beginTraining, endWithModel, saveTrainingProgress } from '../../src/warehouse/trainings.js';
import { inTransaction } from '../../src/warehouse/transaction.js';
import { type LogAtHand, openLog } from '../pipeline/running.js';
import { createTestModelServices } from '../support/model-services.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { createTestContext, createTestServices } from '../support/services.js';

const trainer = 1n;
/** What is heard comes by a connection of its own, on a machine that may be busy. */
const patience = { timeout: 10_000 };

let database: TestDatabase;
let opened: LogAtHand;
let registry: Registry;
let trainings: Trainings;
let hub: Hub;
let unwatch: () => void;
let isListening: boolean;
/** Lists of trainings fail with it. */
let fault: Error | undefined;

beforeEach(async () => {
  database = await createTestDatabase();
  opened = openLog(database);
  registry = new Registry();
  fault = undefined;
  const services = createTestServices(database, createReader({ database, catalogue }));
  const modelServices = createTestModelServices(database);
  trainings = services.trainings;
  isListening = false;
  unwatch = trainings.watch(() => {
    isListening = true;
  });
  const onFault = (error: unknown) => {
    throw error;
  };
  hub = createHub({
    schema: await loadSchema(),
    presenter: createErrorPresenter({ onInternal: () => undefined, onError: () => undefined }),
    live: createLiveFeed({
      log: opened.log,
      database,
      definitions,
      resultsTopic: 'flywheel.results',
      onFault,
    }),
    events: createEventFeed({ log: opened.log, decoders: new Map(), onFault }),
    decisions: createEventFeed({ log: opened.log, decoders: new Map(), onFault }),
    trainings: {
      watch: trainings.watch,
      list: async (options) => {
        if (fault !== undefined) throw fault;
        return trainings.list(options);
      },
    },
    telemetry: createHubTelemetry(registry, systemClock),
    contextOf: () => createTestContext(services, modelServices),
  });
});

afterEach(async () => {
  unwatch();
  await opened.close();
  await database.close();
});

interface Heard {
  readonly number: number;
  readonly service: string;
  readonly state: string;
  readonly share: number;
  readonly cursor: string;
}

const query = `subscription ($service: ServiceName, $after: String) {
  training(service: $service, after: $after) { number service state share cursor }
}`;

/** A reader whose pace the test decides. */
class Reader {
  readonly heard: Heard[] = [];
  isSlow = false;
  failed: unknown;
  subscription: Subscription | undefined;

  async subscribe(variables: Record<string, unknown> = {}): Promise<this> {
    const documents = createDocuments(await loadSchema(), { tokens: 1_000, depth: 10 });
    const document = documents.parse(query);
    expect(documents.validate(document)).toEqual([]);
    const operation = documents.operation(document, null);
    if (operation === undefined) throw new Error('The document has an operation.');
    // As the schema reads them: an enum's value is what stands behind its name.
    const { service } = variables;
    const coerced =
      typeof service === 'string' ? { ...variables, service: service.toLowerCase() } : variables;
    this.subscription = hub.subscribe(
      { document, operation, variables: coerced, rawVariables: variables, scope: openScope },
      {
        next: (message) => {
          const { data } = JSON.parse(message.payload.toString());
          expect(data.training.cursor).toBe(message.cursor);
          this.heard.push(data.training);
          return !this.isSlow;
        },
        fail: (error) => {
          this.failed = error;
        },
        complete: () => undefined,
      },
    );
    return this;
  }

  get told(): string[] {
    return this.heard.map(({ number, state, share }) => `${number} ${state} ${share}`);
  }
}

/** Asks for a training, and waits until changes are heard as they come: before, only the newest of them is. */
async function ask(service: ServiceName): Promise<number> {
  const { id } = await trainings.ask(service);
  await expect.poll(() => isListening, patience).toBe(true);
  return id;
}

async function progress(id: number, ...shares: number[]): Promise<void> {
  for (const share of shares) {
    await saveTrainingProgress(database, { id, trainer }, { share, step: null });
  }
}

async function metric(name: string): Promise<number> {
  const found = await registry.getSingleMetric(name)?.get();
  return found?.values[0]?.value ?? 0;
}

describe('followers of trainings', () => {
  it('begin with the newest of each service, and hear every change of the services that they ask for', async () => {
    await ask('segmentation');
    await trainings.cancel('segmentation');
    const id = await ask('segmentation');
    await ask('recommendation');
    const all = await new Reader().subscribe();
    const one = await new Reader().subscribe({ service: 'SEGMENTATION' });
    // In whichever order: what is heard meanwhile goes before what is read.
    await expect.poll(() => all.told.toSorted(), patience).toEqual(['2 WAITING 0', '3 WAITING 0']);
    await expect.poll(() => one.told, patience).toEqual(['2 WAITING 0']);

    await beginTraining(database, { id, trainer });
    await progress(id, 0.25, 0.5);
    await trainings.cancel('recommendation');
    await inTransaction(database, (session) => endWithModel(session, { id, trainer }, 7));
    const ofSegmentation = ['2 RUNNING 0', '2 RUNNING 0.25', '2 RUNNING 0.5', '2 REGISTERED 1'];
    await expect.poll(() => one.told.slice(1), patience).toEqual(ofSegmentation);
    await expect
      .poll(() => all.told.slice(2), patience)
      .toEqual(ofSegmentation.toSpliced(3, 0, '3 CANCELLED 0'));

    // Who comes later begins with what stands now, from the same cohort.
    const late = await new Reader().subscribe();
    await expect.poll(() => late.told, patience).toEqual(['3 CANCELLED 0', '2 REGISTERED 1']);
    expect(hub.state()).toEqual({ cohorts: 2, subscribers: 3 });
    for (const { subscription } of [all, one, late]) subscription?.stop();
    expect(hub.state()).toEqual({ cohorts: 0, subscribers: 0 });
  });

  it('that are slow get the newest of each service when they read again, and delay nobody', async () => {
    const id = await ask('segmentation');
    await beginTraining(database, { id, trainer });
    const quick = await new Reader().subscribe();
    const slow = await new Reader().subscribe();
    await expect.poll(() => [quick.told, slow.told], patience).toEqual([['1 RUNNING 0'], ['1 RUNNING 0']]);
    slow.isSlow = true;
    await progress(id, 0.1, 0.2, 0.3, 0.4);
    const other = await ask('recommendation');
    await progress(id, 0.5, 0.6);
    await expect.poll(() => quick.heard.length, patience).toBe(8);
    // The one that told it to wait, and nothing more.
    expect(slow.told).toEqual(['1 RUNNING 0', '1 RUNNING 0.1']);
    expect(await metric('flywheel_subscribers_stalled')).toBe(1);
    expect(await metric('flywheel_subscription_conflated_total')).toBe(4);
    // Still slow: it takes one, and stays behind for the other.
    slow.subscription?.resume();
    expect(slow.told.slice(2)).toEqual([`${other} WAITING 0`]);
    slow.isSlow = false;
    slow.subscription?.resume();
    expect(slow.told.slice(3)).toEqual(['1 RUNNING 0.6']);
    expect(await metric('flywheel_subscribers_stalled')).toBe(0);
    await progress(id, 0.7);
    await expect
      .poll(() => [quick.told.at(-1), slow.told.at(-1)])
      .toEqual(['1 RUNNING 0.7', '1 RUNNING 0.7']);
    slow.isSlow = true;
    await progress(id, 0.8);
    await expect.poll(() => slow.told.at(-1), patience).toEqual('1 RUNNING 0.8');
    slow.subscription?.stop();
    expect(await metric('flywheel_subscribers_stalled')).toBe(0);
    quick.subscription?.stop();
  });

  it('that come again after a cursor do not hear the same twice', async () => {
    await ask('segmentation');
    await ask('recommendation');
    const first = await new Reader().subscribe();
    await expect.poll(() => first.told.toSorted(), patience).toEqual(['1 WAITING 0', '2 WAITING 0']);
    first.subscription?.stop();
    const after = first.heard.find(({ number }) => number === 2)?.cursor;
    const again = await new Reader().subscribe({ after });
    await expect.poll(() => again.told, patience).toEqual(['1 WAITING 0']);
    again.subscription?.stop();
    await trainings.cancel('recommendation');
    const later = await new Reader().subscribe({ service: 'RECOMMENDATION', after });
    await expect.poll(() => later.told, patience).toEqual(['2 CANCELLED 0']);
    later.subscription?.stop();
  });

  it('are told when the records cannot be read, and served when they can again', async () => {
    await ask('segmentation');
    fault = new FlywheelError('UNAVAILABLE', 'The warehouse is away.');
    const refused = await new Reader().subscribe();
    await expect.poll(() => refused.failed, patience).toBe(fault);
    expect(hub.state()).toEqual({ cohorts: 0, subscribers: 0 });
    fault = undefined;
    const served = await new Reader().subscribe();
    await expect.poll(() => served.told, patience).toEqual(['1 WAITING 0']);
    served.subscription?.stop();
  });
});
