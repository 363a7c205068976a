// A challenger is judged by what customers did with what they were shown, and by nothing else.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { judge, judgeOnce } from '../../src/flywheel/judge-challenger.js';
import { createModelStore, type ModelStore } from '../../src/services/host/registry.js';
import type { TrialUnit } from '../../src/warehouse/wheel/trial-outcomes.js';
import { eventually } from '../contracts/log-server.js';
import { startGateway } from '../support/gateway.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';

const began = '2024-05-01T12:00:00Z';
let database: TestDatabase;
let registry: ModelStore;
const service = 'recommendation';

beforeAll(async () => {
  database = await createTestDatabase();
  registry = createModelStore(database);
  await database.pool.query(
    `INSERT INTO dim_customer (code) SELECT 'C' || n FROM generate_series(1, 1000) AS n`,
  );
});
afterAll(() => database.close());

beforeEach(async () => {
  await database.pool.query(`
    TRUNCATE model, model_champion, model_step, live_clock, wheel_switch, fact_exposure, fact_decision CASCADE;
    INSERT INTO live_clock (name, watermark) VALUES ('behaviour', '${began}');
    INSERT INTO fact_exposure (decision_id, slot, kind, arm, policy, shown_at)
    VALUES ('first', 1, 'RECOMMEND', 'CHAMPION', 'recommender', '${began}')`);
  for (const seed of [1, 2]) {
    await registry.register(
      service,
      {
        rows: {},
        dataFrom: null,
        dataTo: null,
        position: null,
        seed,
        parameters: {},
        quality: { ndcg: 0.5 },
        decidedBy: { measure: 'ndcg', better: 'larger' },
      },
      Buffer.from('{}'),
      { promoteIfBetter: true, asChallenger: true, championVersion: 1, championQuality: 0.5 },
    );
  }
});

interface Shown {
  readonly arm?: string;
  readonly model?: string;
  readonly kind?: string;
  /** After the trial began. */
  readonly decided?: string;
  /** After it was shown, with a window of an hour. */
  readonly answered?: string;
  readonly isOpen?: boolean;
  readonly customers: number;
  /** Every so many customers answer (none). */
  readonly answersEvery?: number;
}

/** One place shown to each of so many customers; those of each call are others. */
async function show(given: Shown): Promise<void> {
  const { arm = 'CHAMPION', kind = 'RECOMMEND', decided = '1 minute', answered = '1 minute' } = given;
  const { model = arm === 'CHALLENGER' ? 'recommendation/2' : 'recommendation/1', isOpen = false } = given;
  const { customers, answersEvery = 1_000_000 } = given;
  await database.pool.query(
    `WITH made AS (
       INSERT INTO fact_decision (id, kind, customer_id, cause, policy, policy_propensity, model, arm, candidates,
         position, decided_at)
       SELECT gen_random_uuid()::text, $1::decision_kind, id, 'asked', 'recommender', 1, $2, $3, 10, '{}',
         '${began}'::timestamptz + $4::interval
       FROM dim_customer WHERE id <= (SELECT min(id) FROM dim_customer) + $5::int - 1
       RETURNING id, customer_id, decided_at
     )
     INSERT INTO fact_decision_slot (decision_id, slot, customer_id, score, propensity, shown_at, closes_at,
       responded_at, lesson)
     SELECT id, 1, customer_id, 1, 1, decided_at, decided_at + interval '1 hour',
       CASE WHEN customer_id % $6::int = 0 THEN decided_at + $7::interval END, $8
     FROM made`,
    [kind, model, arm, decided, customers, answersEvery, answered, isOpen ? null : 'taught'],
  );
}

const look = () => judgeOnce({ database, registry });
const lastStep = async () => (await registry.models(service))[0]?.steps.at(-1);

describe('a challenger', () => {
  it('goes on while there is nothing to tell it by', async () => {
    expect(await look()).toBeUndefined();
    await show({ customers: 50, answersEvery: 10 });
    await show({ arm: 'CHALLENGER', customers: 50, answersEvery: 5 });
    expect(await look()).toBeUndefined();
    expect(await registry.trial(service)).toBeDefined();
  });

  it('is promoted once it is better', async () => {
    await show({ customers: 1_000, answersEvery: 10 });
    await show({ arm: 'CHALLENGER', customers: 600, answersEvery: 4 });
    const reason =
      'Customers answered 25.0 % of 600 places of recommendation/2 and 10.0 % of 1,000 places of recommendation/1: it is better, with 95 % confidence.';
    expect(await look()).toMatchObject({ promotes: true, reason });
    expect(await registry.champion(service)).toMatchObject({ version: 2 });
    expect(await lastStep()).toMatchObject({
      step: 'promoted',
      reason,
      figures: { championShown: 1_000, championAnswered: 100, challengerShown: 600, challengerAnswered: 150 },
    });
    expect((await lastStep())?.figures?.low).toBeGreaterThan(0);
    expect(await look()).toBeUndefined();
  });

  it('is withdrawn once it is worse', async () => {
    await show({ customers: 1_000, answersEvery: 4 });
    await show({ arm: 'CHALLENGER', customers: 600, answersEvery: 10 });
    expect(await look()).toMatchObject({ promotes: false });
    expect(await registry.champion(service)).toMatchObject({ version: 1 });
    expect(await registry.trial(service)).toBeUndefined();
    expect(await lastStep()).toMatchObject({
      step: 'withdrawn',
      reason: expect.stringContaining('it is worse, with 95 % confidence.'),
    });
  });

  it('is not judged while learning is switched off', async () => {
    await show({ customers: 1_000, answersEvery: 10 });
    await show({ arm: 'CHALLENGER', customers: 600, answersEvery: 4 });
    await database.pool.query(`INSERT INTO wheel_switch (action, "on") VALUES ('LEARNING', false)`);
    expect(await look()).toBeUndefined();
    await database.pool.query(`UPDATE wheel_switch SET "on" = true`);
    expect(await look()).toMatchObject({ promotes: true });
  });

  it.each<[string, Partial<Shown>]>([
    ['is still open', { isOpen: true }],
    ['was decided before the trial', { decided: '-1 minute' }],
    ['another model made', { model: 'recommendation/9' }],
    ['is no proposal', { kind: 'CAMPAIGN' }],
    ['was held out', { arm: 'HOLDOUT' }],
  ])('is not judged by what %s', async (_, given) => {
    await show({ customers: 1_000, answersEvery: 10 });
    await show({ arm: 'CHALLENGER', customers: 600, answersEvery: 4, ...given });
    expect(await look()).toBeUndefined();
  });

  it('is not judged by answers that came too late', async () => {
    await show({ customers: 1_000, answersEvery: 10 });
    await show({ arm: 'CHALLENGER', customers: 600, answersEvery: 4, answered: '61 minutes' });
    expect(await look()).toMatchObject({ promotes: false, figures: { challengerAnswered: 0 } });
  });

  it('is withdrawn where the log went on for a week and nobody was shown it', async () => {
    await database.pool.query(`UPDATE live_clock SET watermark = watermark + interval '7 days'`);
    expect(await look()).toMatchObject({
      promotes: false,
      reason:
        'Customers answered none of 0 places of recommendation/2 and none of 0 places of recommendation/1: no difference can be told with 95 % confidence; recommendation/1 stays.',
    });
    expect(await lastStep()).toMatchObject({ step: 'withdrawn', figures: { challengerShown: 0 } });
  });
});

describe('the pipeline', { timeout: 60_000 }, () => {
  it('judges by itself, and models say so', async () => {
    await show({ customers: 1_000, answersEvery: 10 });
    await show({ arm: 'CHALLENGER', customers: 600, answersEvery: 4 });
    const { url, close } = await startGateway(database, {}, ['gateway', 'pipeline']);
    try {
      const query = '{ models(service: RECOMMENDATION, first: 1) { name role steps { step figures } } }';
      const ask = async () => {
        const body = JSON.stringify({ query });
        const headers = { 'content-type': 'application/json' };
        const { data } = await (await fetch(`${url}/graphql`, { method: 'POST', headers, body })).json();
        return data.models[0];
      };
      await eventually(async () =>
        expect(await ask()).toMatchObject({ name: 'recommendation/2', role: 'CHAMPION' }),
      );
      const { steps } = await ask();
      expect(steps).toMatchObject([{ step: 'CHALLENGED', figures: null }, { step: 'PROMOTED' }]);
      expect(JSON.parse(steps[1].figures)).toMatchObject({ challengerAnswered: 150, confidence: 0.95 });
    } finally {
      await close();
    }
  });
});

describe('the judge', () => {
  const trial = { champion: 1, challenger: 2 };
  const units = (arm: TrialUnit['arm'], customers: number, shown: number, answered: number): TrialUnit[] =>
    Array.from({ length: customers }, () => ({ arm, shown, answered }));
  const mixed = (arm: TrialUnit['arm'], customers: number, shown: number) => [
    ...units(arm, customers / 2, shown, 1),
    ...units(arm, customers / 2, shown, 0),
  ];

  it('lets the newer model take over where 20,000 places told of no difference', () => {
    const champion = mixed('CHAMPION', 4_000, 10);
    const tried = mixed('CHALLENGER', 2_000, 10);
    expect(judge(trial, [...champion, ...tried.slice(1)], 0)).toBeUndefined();
    expect(judge(trial, [...champion, ...tried], 0)).toMatchObject({
      promotes: true,
      reason: expect.stringContaining(
        'no difference can be told with 95 % confidence; it was answered no less often and knows newer data, so it takes over.',
      ),
    });
  });

  it('keeps the champion where the newer model was answered a little less often', () => {
    const champion = mixed('CHAMPION', 4_000, 10);
    const [one, ...others] = mixed('CHALLENGER', 2_000, 10);
    const tried = [...(one ? [{ ...one, answered: 0 }] : []), ...others];
    expect(judge(trial, [...champion, ...tried], 0)).toMatchObject({
      promotes: false,
      reason: expect.stringContaining(
        'no difference can be told with 95 % confidence; recommendation/1 stays.',
      ),
    });
  });

  it('lets nothing take over that only one of the two was shown', () => {
    expect(judge(trial, mixed('CHALLENGER', 2_000, 10), 0)).toMatchObject({ promotes: false });
    expect(judge(trial, mixed('CHAMPION', 2_000, 10), 7 * 86_400_000)).toMatchObject({ promotes: false });
  });

  it('is not led by a single customer who answers all of a thousand places', () => {
    const champion = mixed('CHAMPION', 4_000, 10);
    const alone = [...mixed('CHALLENGER', 40, 10), ...units('CHALLENGER', 1, 1_000, 1_000)];
    expect(judge(trial, [...champion, ...alone], 0)).toBeUndefined();
  });
});
