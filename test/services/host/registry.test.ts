import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createModelRegistry } from '../../../src/services/host/registry.js';
import type {
  ModelDescription,
  ModelRegistry,
  ServiceName,
} from '../../../src/services/host/registry-contract.js';
import { createListener, type Listener } from '../../../src/stream/postgres-listener.js';
import { createDatabase, type Database } from '../../../src/warehouse/database.js';
import { eventually } from '../../contracts/log-server.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';

const description: ModelDescription = {
  rows: { sale: 1_234, event: 5 },
  dataFrom: new Date('2011-01-04T10:00:00Z'),
  dataTo: new Date('2011-12-09T12:50:00Z'),
  position: { 'user-behavior/0': '17' },
  seed: 42,
  parameters: { method: 'ease', weights: [0.5, 0.25], nested: { on: true } },
  quality: { 'ndcg@10': 0.1142, 'recall@10': 0.072 },
  decidedBy: { measure: 'ndcg@10', better: 'larger' },
};

/** Every value that a byte can have, in an order that is no text and fits into no round length. */
function bytesOf(seed: number, length = 1_024): Buffer {
  const pattern = Buffer.from(Array.from({ length: 257 }, (_, index) => (index * 37 + seed * 101) % 256));
  return Buffer.alloc(length, pattern);
}

const unreadable = { championIsUnreadable: true, championVersion: 1 };

let database: TestDatabase;
let listener: Listener;
let registry: ModelRegistry;
/** The same registry as another process has it. */
let other: { database: Database; listener: Listener; registry: ModelRegistry };

beforeAll(async () => {
  database = await createTestDatabase();
  listener = createListener({ url: database.url });
  registry = createModelRegistry({ database, listener });
  const elsewhere = createDatabase({ url: database.url, poolSize: 2 });
  const hearing = createListener({ url: database.url });
  other = {
    database: elsewhere,
    listener: hearing,
    registry: createModelRegistry({ database: elsewhere, listener: hearing }),
  };
});

afterAll(async () => {
  await other.listener.close();
  await other.database.close();
  await listener.close();
  await database.close();
});

async function register(service: ServiceName, seed: number, options = { promoteIfBetter: false }) {
  return registry.register(service, description, bytesOf(seed), options);
}

/** Forgets the models of all tests before. */
async function forgetAll(): Promise<void> {
  await database.pool.query('TRUNCATE model, model_champion, model_step');
}

describe('the registry of models', () => {
  it('keeps what a model was made from and how good it is', async () => {
    await forgetAll();
    expect(await registry.champion('recommendation')).toBeUndefined();
    const first = await register('recommendation', 1);
    expect(first).toMatchObject({
      ...description,
      service: 'recommendation',
      version: 1,
      status: 'champion',
      sizeBytes: 1_024,
      isKept: true,
    });
    expect(first.promotedAt).not.toBeNull();
    const second = await register('recommendation', 2);
    expect(second).toMatchObject({ version: 2, status: 'challenger', promotedAt: null });
    const elsewhere = await register('segmentation', 3);
    expect(elsewhere).toMatchObject({ version: 1, status: 'champion' });
    expect(await other.registry.models('recommendation')).toEqual([second, first]);
    expect(await other.registry.models()).toEqual([elsewhere, second, first]);
    expect(await other.registry.models(undefined, 2)).toEqual([elsewhere, second]);
    expect(await other.registry.models('recommendation', 1)).toEqual([second]);
    expect(await other.registry.models('recommendation', 0)).toEqual([]);
    expect(await other.registry.champion('recommendation')).toEqual(first);
  });

  it('gives the bytes of every version as they were, and NOT_FOUND without it', async () => {
    await forgetAll();
    await register('recommendation', 1);
    await registry.register('recommendation', description, bytesOf(2, 9_000_000), { promoteIfBetter: false });
    expect((await other.registry.bytes('recommendation', 1)).equals(bytesOf(1))).toBe(true);
    expect((await other.registry.bytes('recommendation', 2)).equals(bytesOf(2, 9_000_000))).toBe(true);
    await expect(registry.bytes('recommendation', 3)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('promotes and rolls back in one step, back through every champion before', async () => {
    await forgetAll();
    for (const seed of [1, 2, 3]) await register('recommendation', seed);
    expect(await registry.promote('recommendation', 2)).toMatchObject({ version: 2, status: 'champion' });
    expect(await registry.promote('recommendation', 3)).toMatchObject({ version: 3, status: 'champion' });
    // Promoting the champion again changes nothing that a rollback would lead back to.
    await registry.promote('recommendation', 3);
    const before = await other.registry.bytes('recommendation', 2);
    expect(await other.registry.rollback('recommendation')).toMatchObject({ version: 2, status: 'champion' });
    expect((await registry.bytes('recommendation', 2)).equals(before)).toBe(true);
    expect((await registry.models('recommendation')).map(({ status }) => status)).toEqual([
      'retired',
      'champion',
      'retired',
    ]);
    expect(await registry.rollback('recommendation')).toMatchObject({ version: 1 });
    await expect(registry.rollback('recommendation')).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(registry.promote('recommendation', 4)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await registry.champion('recommendation')).toMatchObject({ version: 1 });
  });

  it('drops the bytes of old models, and says so where one of them is wanted', async () => {
    await forgetAll();
    const kept = async () =>
      (await other.registry.models('forecasting'))
        .flatMap(({ version, isKept }) => (isKept ? version : []))
        .reverse();
    for (let seed = 1; seed <= 7; seed += 1) await register('forecasting', seed);
    // The first serves; of the others the newest five are kept.
    expect(await kept()).toEqual([1, 3, 4, 5, 6, 7]);
    const dropped = { code: 'CONFLICT', message: expect.stringContaining('forecasting/2 was dropped') };
    await expect(registry.bytes('forecasting', 2)).rejects.toMatchObject(dropped);
    await expect(registry.promote('forecasting', 2)).rejects.toMatchObject(dropped);
    expect(await registry.champion('forecasting')).toMatchObject({ version: 1 });
    expect((await registry.models('forecasting')).at(-2)).toMatchObject({ isKept: false, sizeBytes: 1_024 });
    await register('learning', 1);
    // Twelve champions follow one another: the one that serves, the ten before it, and the newest are kept.
    for (let version = 3; version <= 13; version += 1) {
      if (version > 7) await register('forecasting', version);
      await registry.promote('forecasting', version);
    }
    await register('forecasting', 14);
    expect(await kept()).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
    expect((await registry.bytes('forecasting', 3)).equals(bytesOf(3))).toBe(true);
    for (let version = 12; version >= 3; version -= 1) {
      expect(await registry.rollback('forecasting')).toMatchObject({ version });
    }
    await expect(registry.rollback('forecasting')).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('forecasting/1 was dropped'),
    });
    expect(await registry.champion('forecasting')).toMatchObject({ version: 3 });
    expect(await registry.models('learning')).toMatchObject([{ isKept: true }]);
  });

  it('calls a model that was passed over retired', async () => {
    await forgetAll();
    for (const seed of [1, 2, 3]) await register('forecasting', seed);
    await registry.promote('forecasting', 3);
    expect((await registry.models('forecasting')).map(({ status }) => status)).toEqual([
      'champion',
      'retired',
      'retired',
    ]);
  });

  it.each([
    ['better', { championQuality: 0.1 }, 'champion'],
    ['as good', { championQuality: 0.1142 }, 'champion'],
    ['worse', { championQuality: 0.12 }, 'challenger'],
    ['not compared', {}, 'challenger'],
    ['compared with this champion', { championQuality: 0.1, championVersion: 1 }, 'champion'],
    [
      'compared with one that is champion no more',
      { championQuality: 0.1, championVersion: 7 },
      'challenger',
    ],
    ['better than one that cannot be read', unreadable, 'champion'],
    [
      'compared with one that could not be read and is champion no more',
      { championIsUnreadable: true, championVersion: 7 },
      'challenger',
    ],
    ['not to be promoted', { ...unreadable, promoteIfBetter: false }, 'challenger'],
  ])('promotes by itself a model that is %s: %o makes a %s', async (_, compared, status) => {
    await forgetAll();
    await register('recommendation', 1);
    const options = { promoteIfBetter: true, ...compared };
    expect(await registry.register('recommendation', description, bytesOf(2), options)).toMatchObject({
      status,
    });
  });

  it('ends the training together with its model, and keeps none of a training that is another trainer’s', async () => {
    await forgetAll();
    const { rows } = await database.pool.query<{ id: string }>(
      `INSERT INTO training (service, state, reason, seed, promotes, trainer, step)
       VALUES ('segmentation', 'running', 'asked', 1, true, 3, 'half of it') RETURNING id`,
    );
    const id = Number(rows[0]?.id);
    const end = (trainer: bigint) => {
      const running = { id, trainer };
      return registry.register('segmentation', description, bytesOf(1), { promoteIfBetter: true, running });
    };
    const stateOf = async () =>
      (await database.pool.query('SELECT state, version, share, step FROM training WHERE id = $1', [id]))
        .rows;
    await expect(end(2n)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await registry.models()).toEqual([]);
    expect(await stateOf()).toMatchObject([{ state: 'running', version: null }]);
    expect(await end(3n)).toMatchObject({ version: 1, status: 'champion' });
    expect(await stateOf()).toEqual([{ state: 'registered', version: 1, share: 1, step: null }]);
    // As by a process that was taken for dead while it registered.
    await expect(end(3n)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await registry.models()).toHaveLength(1);
  });

  it('compares by the measure of the champion, whose smaller figures may be the better ones', async () => {
    await forgetAll();
    const measured = (mase: number): ModelDescription => ({
      ...description,
      quality: { mase },
      decidedBy: { measure: 'mase', better: 'smaller' },
    });
    await registry.register('forecasting', measured(1.2), bytesOf(1), { promoteIfBetter: true });
    const options = { promoteIfBetter: true, championQuality: 1.2 };
    expect(await registry.register('forecasting', measured(1.3), bytesOf(2), options)).toMatchObject({
      status: 'challenger',
    });
    expect(await registry.register('forecasting', measured(1.1), bytesOf(3), options)).toMatchObject({
      status: 'champion',
    });
    expect(await registry.register('forecasting', description, bytesOf(4), options)).toMatchObject({
      status: 'challenger',
    });
  });

  it('counts on without gap or repeat when many register at once, and has one champion', async () => {
    await forgetAll();
    const registries = [registry, other.registry];
    const registered = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        registries[index % 2]?.register('learning', description, bytesOf(index), { promoteIfBetter: true }),
      ),
    );
    expect(registered.map((model) => model?.version).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const champions = (await registry.models('learning')).filter(({ status }) => status === 'champion');
    expect(champions.map(({ version }) => version)).toEqual([1]);
  });

  it('forgets no champion when many promote at once', async () => {
    await forgetAll();
    for (const seed of [1, 2, 3, 4, 5]) await register('learning', seed);
    await Promise.all([2, 3, 4, 5].map((version) => other.registry.promote('learning', version)));
    const seen = [(await registry.champion('learning'))?.version];
    for (let step = 0; step < 4; step += 1) seen.push((await registry.rollback('learning')).version);
    expect(seen.at(-1)).toBe(1);
    expect(seen.toSorted()).toEqual([1, 2, 3, 4, 5]);
  });

  it('tells other processes whose champion has changed, until they hear no more', async () => {
    await forgetAll();
    const heard: ServiceName[] = [];
    const end = other.registry.watch((service) => heard.push(service));
    // Once for each service, when listening begins.
    await eventually(() => expect(heard).toHaveLength(4));
    heard.length = 0;
    await register('segmentation', 1);
    await register('segmentation', 2);
    await register('learning', 1);
    await registry.promote('segmentation', 2);
    await registry.rollback('segmentation');
    await eventually(() => expect(heard).toHaveLength(4));
    expect(heard).toEqual(['segmentation', 'learning', 'segmentation', 'segmentation']);
    end();
    const stillHeard: ServiceName[] = [];
    const endOther = other.registry.watch((service) => stillHeard.push(service));
    await registry.promote('segmentation', 2);
    await eventually(() => expect(stillHeard).toContain('segmentation'));
    endOther();
    expect(heard).toHaveLength(4);
  });
});
