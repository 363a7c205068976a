// A challenger beside the champion: how its trial begins and ends, and what is said of each step.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createModelStore, type ModelStore } from '../../../src/services/host/registry.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { multiplierModel } from './multiplier.js';

const service = 'recommendation';
let database: TestDatabase;
let registry: ModelStore;

beforeAll(async () => {
  database = await createTestDatabase();
  registry = createModelStore(database);
});
beforeEach(async () => {
  await database.pool.query('TRUNCATE model, model_champion, model_step, live_clock, fact_exposure');
});
afterAll(() => database.close());

/** As if a proposal of the champion had been shown so long before the log's clock. */
async function shown(before: string, arm = 'CHAMPION'): Promise<void> {
  await database.pool.query(`
    INSERT INTO live_clock (name, watermark) VALUES ('behaviour', '2024-05-01T12:00:00Z')
    ON CONFLICT DO NOTHING`);
  await database.pool.query(
    `INSERT INTO fact_exposure (decision_id, slot, kind, arm, policy, shown_at)
     VALUES ('first', 1, 'RECOMMEND', $1, 'recommender', '2024-05-01T12:00:00Z'::timestamptz - $2::interval)`,
    [arm, before],
  );
}

async function register(factor: number, asChallenger = true) {
  const { description, bytes } = multiplierModel(factor);
  const champion = await registry.champion(service);
  return registry.register(service, description, bytes, {
    promoteIfBetter: true,
    asChallenger,
    ...(champion === undefined
      ? {}
      : { championVersion: champion.version, championQuality: champion.quality.factor ?? 0 }),
  });
}

const stepsOf = async (version: number) =>
  (await registry.models(service))
    .find((model) => model.version === version)
    ?.steps.map(({ step, reason }) => `${step}: ${reason}`);

const end = (promotes: boolean, challenger = 2) =>
  registry.endTrial(
    service,
    { champion: 1, challenger },
    { promotes, reason: 'As was seen.', figures: { shown: 12 } },
  );

describe('a trial', () => {
  it('begins for a model that is no worse, at the clock of the log', async () => {
    await shown('13 days');
    expect(await register(2)).toMatchObject({ version: 1, status: 'champion', role: 'champion' });
    expect(await registry.trial(service)).toBeUndefined();
    expect(await register(1)).toMatchObject({ version: 2, status: 'challenger', role: null, steps: [] });
    expect(await registry.challenger(service)).toBeUndefined();
    const third = await register(2);
    expect(third).toMatchObject({ version: 3, status: 'challenger', role: 'challenger', promotedAt: null });
    expect(await registry.challenger(service)).toEqual(third);
    expect(await registry.champion(service)).toMatchObject({ version: 1 });
    expect(await registry.trial(service)).toEqual({
      champion: 1,
      challenger: 3,
      since: new Date('2024-05-01T12:00:00Z'),
    });
    expect(await stepsOf(1)).toEqual(['promoted: It is the first model of its service.']);
    expect(await stepsOf(3)).toEqual([
      'challenged: It is no worse than recommendation/1 on data that was held back from both; what customers do with its proposals decides.',
    ]);
  });

  it.each([
    ['nothing', undefined, undefined],
    ['nothing of a champion', '1 hour', 'HOLDOUT'],
    ['nothing for two weeks', '15 days', 'CHAMPION'],
  ])('begins for none where %s was shown, so that none could be judged', async (_, before, arm) => {
    if (before !== undefined) await shown(before, arm);
    await register(1);
    expect(await register(2)).toMatchObject({ version: 2, role: 'champion' });
    expect(await stepsOf(2)).toEqual([
      'promoted: It is no worse than recommendation/1 on data that was held back from both.',
    ]);
  });

  it('begins for none that somebody wants to serve at once', async () => {
    await shown('1 hour');
    await register(1);
    expect(await register(2, false)).toMatchObject({ role: 'champion' });
    expect(await registry.trial(service)).toBeUndefined();
  });

  it('ends with a promotion, which a rollback undoes', async () => {
    await shown('1 hour');
    for (const factor of [1, 2]) await register(factor);
    expect(await end(true)).toBe(true);
    expect(await registry.champion(service)).toMatchObject({ version: 2, role: 'champion' });
    expect(await registry.trial(service)).toBeUndefined();
    const [promoted] = await registry.models(service);
    expect(promoted?.steps.at(-1)).toMatchObject({ step: 'promoted', figures: { shown: 12 } });
    expect(await registry.rollback(service)).toMatchObject({ version: 1, role: 'champion' });
    expect(await stepsOf(2)).toEqual([
      expect.stringContaining('challenged: '),
      'promoted: As was seen.',
      'withdrawn: An operator went back to recommendation/1.',
    ]);
    expect((await stepsOf(1))?.at(-1)).toBe('restored: An operator rolled recommendation/2 back.');
  });

  it('ends with a withdrawal, after which the model does not wait any more', async () => {
    await shown('1 hour');
    for (const factor of [1, 2]) await register(factor);
    expect(await end(false)).toBe(true);
    expect(await registry.champion(service)).toMatchObject({ version: 1 });
    expect(await registry.challenger(service)).toBeUndefined();
    expect(await registry.models(service)).toMatchObject([{ version: 2, status: 'retired', role: null }, {}]);
    expect((await stepsOf(2))?.at(-1)).toBe('withdrawn: As was seen.');
  });

  it('is ended once, by whoever is first, and not by who judged another', async () => {
    await shown('1 hour');
    for (const factor of [1, 2]) await register(factor);
    expect(await end(true, 3)).toBe(false);
    const ends = await Promise.all([end(true), end(false), end(true)]);
    expect(ends.filter(Boolean)).toHaveLength(1);
    expect(await stepsOf(2)).toHaveLength(2);
  });

  it('is over once another model becomes the champion, or its challenger is', async () => {
    await shown('1 hour');
    for (const factor of [1, 2]) await register(factor);
    await register(3, false);
    expect(await registry.trial(service)).toBeUndefined();
    expect(await stepsOf(2)).toEqual([
      expect.stringContaining('challenged: '),
      'withdrawn: recommendation/3 became the champion before enough was known of it.',
    ]);
    await register(4);
    await registry.promote(service, 3);
    expect(await registry.trial(service)).toMatchObject({ champion: 3, challenger: 4 });
    await registry.promote(service, 4);
    expect(await registry.trial(service)).toBeUndefined();
    expect((await stepsOf(4))?.at(-1)).toBe('promoted: An operator let it serve.');
    await register(5);
    await register(6);
    expect(await registry.trial(service)).toMatchObject({ champion: 4, challenger: 6 });
    expect((await stepsOf(5))?.at(-1)).toBe(
      'withdrawn: recommendation/6 took its place before enough was known of it.',
    );
    await registry.rollback(service);
    expect(await registry.trial(service)).toBeUndefined();
    expect((await stepsOf(6))?.at(-1)).toBe(
      'withdrawn: recommendation/4 was rolled back before enough was known of it.',
    );
  });

  it('keeps its challenger, however many models came since', async () => {
    await shown('1 hour');
    for (const factor of [7, 8, 1, 2, 3, 4, 5, 6]) await register(factor);
    expect(await registry.challenger(service)).toMatchObject({ version: 2, isKept: true });
    expect((await registry.bytes(service, 2)).toString()).toBe('{"factor":8}');
  });
});
