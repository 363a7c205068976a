import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createModelRegistry } from '../../../src/services/host/registry.js';
import type { ModelRegistry } from '../../../src/services/host/registry-contract.js';
import { createTraining, type TrainingDeps } from '../../../src/services/host/training.js';
import type { Training, TrainingProgress } from '../../../src/services/host/training-contract.js';
import { createTrainingNews } from '../../../src/services/host/training-news.js';
import { createListener, type Listener } from '../../../src/stream/postgres-listener.js';
import { createLeases } from '../../../src/warehouse/leases.js';
import { eventually } from '../../contracts/log-server.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { typescriptThreads } from '../../support/threads.js';
import { openWay } from '../../support/way.js';

let database: TestDatabase;
let listener: Listener;
let registry: ModelRegistry;
const trainings: Training[] = [];
const watches: (() => void)[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  listener = createListener({ url: database.url });
  registry = createModelRegistry({ database, listener });
  // Nothing that is told before the listener is connected would be heard.
  await new Promise<void>((resolve) => registry.watch(() => resolve()));
});

beforeEach(() => database.pool.query('TRUNCATE model, model_champion'));

afterEach(async () => {
  for (const end of watches.splice(0)) end();
  await Promise.all(trainings.splice(0).map((training) => training.close()));
});

afterAll(async () => {
  await listener.close();
  await database.close();
});

/** Trainings as one process has them; its leases go the way that `leaseUrl` names. */
function createProcess(leaseUrl = database.url, deps: Partial<TrainingDeps> = {}) {
  const training = createTraining({
    places: {
      learning: {
        entry: new URL('multiplier-thread.ts', import.meta.url),
        databaseUrl: database.url,
        execArgv: typescriptThreads,
      },
    },
    news: createTrainingNews({ database, listener, onFault: () => undefined }),
    leases: createLeases({ url: leaseUrl, holder: 'test', ttlMs: 2_000, renewMs: 250 }),
    onFault: () => undefined,
    waitMs: 20_000,
    ...deps,
  });
  trainings.push(training);
  const heard: TrainingProgress[] = [];
  watches.push(training.watch((progress) => heard.push(progress)));
  return { training, heard };
}

/** Trains something that does not end by itself, and waits until it is under way. */
async function trainForEver(
  { training, heard }: ReturnType<typeof createProcess>,
  seed: -1 | -2,
): Promise<{ ended: Promise<unknown>; cancel(): void }> {
  const cancelling = new AbortController();
  const ended = training.train('learning', { seed, signal: cancelling.signal }).catch((error) => error);
  await eventually(() => expect(heard.at(-1)).toMatchObject({ step: 'half of it' }));
  return { ended, cancel: () => cancelling.abort() };
}

describe('trainings', () => {
  it('report their progress and register what they made', async () => {
    const { training, heard } = createProcess();
    const model = await training.train('learning', { seed: 4 });
    expect(model).toMatchObject({
      service: 'learning',
      version: 1,
      status: 'champion',
      quality: { factor: 4 },
    });
    expect((await registry.bytes('learning', 1)).toString()).toBe('{"factor":4}');
    await eventually(() =>
      expect(heard.at(-1)).toEqual({
        service: 'learning',
        state: 'registered',
        share: 1,
        step: null,
        version: 1,
      }),
    );
    expect(heard).toContainEqual(expect.objectContaining({ state: 'running', version: null }));
    const shares = heard.map(({ share }) => share);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  });

  it('are watched from other processes too', async () => {
    const hearing = createListener({ url: database.url });
    const elsewhere = createTrainingNews({ database, listener: hearing, onFault: () => undefined });
    const seen: TrainingProgress[] = [];
    const end = elsewhere.watch((progress) => seen.push(progress));
    const process = createProcess();
    const { ended, cancel } = await trainForEver(process, -1);
    await eventually(() => expect(seen.at(-1)).toMatchObject({ state: 'running', share: 0.5 }));
    cancel();
    await ended;
    await eventually(() => expect(seen.at(-1)).toMatchObject({ service: 'learning', state: 'cancelled' }));
    end();
    await hearing.close();
  });

  it('make a champion only of what is no worse than the champion', async () => {
    const { training } = createProcess();
    await training.train('learning', { seed: 4 });
    expect(await training.train('learning', { seed: 3 })).toMatchObject({ version: 2, status: 'challenger' });
    const kept = { seed: 5, promoteIfBetter: false };
    expect(await training.train('learning', kept)).toMatchObject({ version: 3, status: 'challenger' });
    expect(await training.train('learning', { seed: 4 })).toMatchObject({ version: 4, status: 'champion' });
  });

  it('end when they are cancelled, by themselves or by force, and leave no model', async () => {
    const process = createProcess(database.url, { graceMs: 300 });
    for (const seed of [-1, -2] as const) {
      const { ended, cancel } = await trainForEver(process, seed);
      cancel();
      expect(await ended).toMatchObject({ code: 'CANCELLED' });
      await eventually(() =>
        expect(process.heard.at(-1)).toMatchObject({ state: 'cancelled', version: null }),
      );
    }
    expect(await registry.models('learning')).toEqual([]);
    expect(await process.training.train('learning', { seed: 2 })).toMatchObject({ version: 1 });
  });

  it('are one at a time for a service, in one process and in several', async () => {
    const process = createProcess();
    const other = createProcess(database.url, { waitMs: 700 });
    const { ended, cancel } = await trainForEver(process, -1);
    await expect(process.training.train('learning')).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(other.training.train('learning')).rejects.toMatchObject({ code: 'CONFLICT' });
    cancel();
    await ended;
    await eventually(async () =>
      expect(await other.training.train('learning', { seed: 2 })).toMatchObject({ version: 1 }),
    );
  });

  it('say why they failed, and can be tried again', async () => {
    const { training, heard } = createProcess();
    const why = 'There is nothing to train on.';
    await expect(training.train('learning', { seed: 0 })).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: why,
    });
    await eventually(() => expect(heard.at(-1)).toMatchObject({ state: 'failed', step: why }));
    await expect(training.train('segmentation')).rejects.toMatchObject({ code: 'BAD_INPUT' });
    expect(await training.train('learning', { seed: 1 })).toMatchObject({ version: 1 });
  });

  it('end when their lease is lost, and cannot begin while the warehouse is away', async () => {
    const { way, url } = await openWay(database.url);
    const process = createProcess(url);
    const { ended } = await trainForEver(process, -1);
    way.cut();
    expect(await ended).toMatchObject({ code: 'CANCELLED' });
    const hasty = createProcess(url, { waitMs: 300 });
    await expect(hasty.training.train('learning')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await way.close();
    expect(await registry.models('learning')).toEqual([]);
  });

  it('end with their process', async () => {
    const process = createProcess();
    const { ended } = await trainForEver(process, -2);
    await process.training.close();
    expect(await ended).toMatchObject({ code: 'CANCELLED' });
    await expect(process.training.train('learning')).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});
