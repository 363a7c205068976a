// Every figure of the wheel, against a table that is small enough to work it out by hand.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWheelReports } from '../../src/flywheel/report/reports.js';
import { armOfTrials, armOfUnits } from '../../src/math/estimate/arm.js';
import { rateEstimate, rateLift } from '../../src/math/estimate/rate-lift.js';
import { studentFactor } from '../../src/math/stats/normal-quantile.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { storeEvents, storeMembers } from '../support/stream-facts.js';
import { createTwoPaths, type TwoPaths } from '../support/two-paths.js';
import { storeDecisions, type WheelDecision } from '../support/wheel-facts.js';

const at = (text: string) => new Date(`2026-03-01T${text}:00Z`);
const span = 'from: "2026-03-01T10:00:00Z", to: "2026-03-01T12:00:00Z"';

const champion = { arm: 'CHAMPION', policy: 'blend', model: 'recommendation/1', at: at('10:00') };

const decisions: readonly WheelDecision[] = [
  {
    id: 'h1',
    customer: 'C1',
    at: at('10:00'),
    slots: [
      { product: 'P1', shownAt: at('10:01') },
      { product: 'P2', shownAt: at('10:01') },
    ],
  },
  {
    id: 'h2',
    customer: 'C2',
    at: at('10:00'),
    slots: [{ product: 'P1', shownAt: at('10:00'), clickedAt: at('10:02') }],
  },
  {
    ...champion,
    id: 'c1',
    customer: 'C3',
    // Weights: recommender 0.5, 2; learner 2, 0; blend 1, 1.
    details: {
      others: { recommender: [0.25, 0.5], learner: [1, 0], blend: [0.5, 0.25] },
      values: { recommender: [0.4, 0.6], learner: [0.5, 0.5], blend: [0.5, 0.5] },
      predicted: [0.5, 0.5],
    },
    slots: [
      {
        product: 'P1',
        propensity: 0.5,
        shownAt: at('10:05'),
        clickedAt: at('10:06'),
        boughtAt: at('10:30'),
      },
      { product: 'P2', propensity: 0.25, shownAt: at('10:05') },
    ],
  },
  {
    ...champion,
    id: 'c2',
    customer: 'C4',
    // Weights: recommender 1, 0; learner 0.5, 0.5; blend 1, 1. The learner said nothing.
    details: {
      others: { recommender: [0.5, 0], learner: [0.25, 0.4], blend: [0.5, 0.8], challenger: [0.25] },
      values: null,
      predicted: null,
    },
    slots: [
      // Answered after the span, and counted with what was shown in it.
      { product: 'P3', propensity: 0.5, shownAt: at('11:59'), boughtAt: at('13:00') },
      { product: 'P1', propensity: 0.8, shownAt: at('11:59') },
    ],
  },
  // Without what was logged of others there is nothing to weigh.
  { ...champion, id: 'c3', customer: 'C4', slots: [{ product: 'P2', shownAt: at('10:07') }] },
  // The same customer, when the model was on trial: what it did is no evidence of what the other would have done.
  {
    id: 'x1',
    arm: 'CHALLENGER',
    policy: 'recommender',
    model: 'recommendation/2',
    customer: 'C3',
    at: at('11:00'),
    details: { others: { challenger: [0.25], recommender: [0.5] }, values: null, predicted: null },
    slots: [{ product: 'P3', propensity: 0.5, shownAt: at('11:01'), clickedAt: at('11:02') }],
  },
  // Never shown; shown before the span and answered in it; shown at its end; offers and orders.
  { ...champion, id: 'n1', customer: 'C5', slots: [{ product: 'P1' }] },
  {
    ...champion,
    id: 'b1',
    customer: 'C5',
    at: at('09:00'),
    slots: [{ product: 'P1', shownAt: at('09:00'), clickedAt: at('10:30') }],
  },
  {
    ...champion,
    id: 'e1',
    customer: 'C5',
    at: at('12:00'),
    slots: [{ product: 'P1', shownAt: at('12:00') }],
  },
  {
    ...champion,
    id: 'o1',
    kind: 'CAMPAIGN',
    customer: 'C5',
    slots: [{ product: null, shownAt: at('10:10') }],
  },
  { ...champion, id: 'r1', kind: 'REORDER', arm: null, customer: null, slots: [{ product: 'P4' }] },
];

let database: TestDatabase;
let paths: TwoPaths;

beforeAll(async () => {
  database = await createTestDatabase();
  await storeMembers(database.pool, {
    customers: ['C1', 'C2', 'C3', 'C4', 'C5'],
    products: ['P1', 'P2', 'P3', 'P4', 'P5'],
  });
  await storeDecisions(database.pool, decisions);
  await database.pool.query(`
    INSERT INTO stock_level (product_id, quantity, counted_at)
      SELECT id, CASE code WHEN 'P3' THEN 5 ELSE 0 END, now() FROM dim_product WHERE code IN ('P1', 'P3', 'P4');
    INSERT INTO decision_claim (source, event_id, decision_id, type, occurred_at) VALUES
      ('web', '1', 'h1', 'exposure', '2026-03-01T10:01:00Z'), ('web', '2', 'lost', 'click', '2026-03-01T10:00:00Z'),
      ('web', '3', 'lost', 'exposure', '2026-03-01T11:00:00Z'), ('web', '4', 'lost', 'click', '2026-03-01T12:00:00Z');
    INSERT INTO training (service, state, reason, seed, promotes, ended_at) VALUES
      ('recommendation', 'registered', 'first', 1, true, '2026-03-01T10:00:00Z'),
      ('recommendation', 'registered', 'age', 1, true, '2026-03-01T11:00:00Z'),
      ('recommendation', 'failed', 'events', 1, true, '2026-03-01T11:30:00Z'),
      ('segmentation', 'registered', 'first', 1, true, '2026-03-01T12:00:00Z');
    INSERT INTO live_clock (name, watermark) VALUES ('behaviour', '2026-03-01T13:00:00Z'), ('measurement', '2027-01-01T00:00:00Z');
    INSERT INTO learner_state (learner, version, next, memory, learned_at, drifted_at) VALUES
      ('response', 1, 9, '', '2026-03-01T09:00:00Z', '2026-03-01T08:00:00Z'),
      ('response', 2, 40, '', '2026-03-01T10:00:00Z', NULL), ('zeal', 1, 3, '', '2026-03-01T10:00:00Z', '2026-03-01T10:00:00Z')`);
  await storeEvents(
    database.pool,
    ['09:59', '10:00', '10:30', '12:00'].map((time, place) => ({
      id: String(place),
      source: 'web',
      type: 'view',
      customer: 'C1',
      product: 'P1',
      atMs: at(time).getTime(),
    })),
  );
  paths = await createTwoPaths(database);
});
afterAll(() => database?.close());

/** What both ways of answering say. */
async function ask(query: string) {
  const [planned, plain] = await Promise.all([paths.planned(query), paths.plain(query)]);
  expect(JSON.parse(planned.text)).toEqual(JSON.parse(plain.text));
  const { data, errors } = JSON.parse(planned.text);
  return { flywheel: data?.flywheel, errors };
}

const estimate = '{ value low high }';

describe('flywheel', () => {
  it('counts what came in, was decided, shown and answered', async () => {
    const { flywheel } = await ask(`{ flywheel(${span}) {
      events { count } exposures outcomes unknownOutcomes decisions { kind count } watermark attributionWindowMs
      freshness { newest } trainings { service count lastAt lastReason } drift { learner examples learnedAt driftedAt }
    } }`);
    expect(flywheel).toEqual({
      events: { count: 2 },
      // h1 2, h2 1, c1 2, c2 2, c3 1, x1 1, o1 1.
      exposures: 10,
      // h2, c1, x1, and b1, which was shown before.
      outcomes: 4,
      unknownOutcomes: 2,
      decisions: [
        { kind: 'RECOMMEND', count: 7 },
        { kind: 'CAMPAIGN', count: 1 },
        { kind: 'REORDER', count: 1 },
      ],
      watermark: '2026-03-01T13:00:00.000Z',
      attributionWindowMs: 86_400_000,
      freshness: { newest: '2026-03-01T12:00:00.000Z' },
      trainings: [
        {
          service: 'RECOMMENDATION',
          count: 2,
          lastAt: '2026-03-01T11:00:00.000Z',
          lastReason: 'AGE',
        },
      ],
      drift: [
        { learner: 'response', examples: 40, learnedAt: '2026-03-01T10:00:00.000Z', driftedAt: null },
        {
          learner: 'zeal',
          examples: 3,
          learnedAt: '2026-03-01T10:00:00.000Z',
          driftedAt: '2026-03-01T10:00:00.000Z',
        },
      ],
    });
  });

  it('has rates by arm, of proposals that were shown in the span', async () => {
    const { flywheel } = await ask(`{ flywheel(${span}) { arms {
      arm customers shown clicked bought answered clickRate conversionRate outcomeRate ${estimate}
    } } }`);
    const rate = (answered: number[], shown: number[]) =>
      rateEstimate(armOfUnits(Float64Array.from(answered), Float64Array.from(shown)));
    expect(flywheel.arms).toEqual([
      {
        arm: 'CHALLENGER',
        customers: 1,
        shown: 1,
        clicked: 1,
        bought: 0,
        answered: 1,
        clickRate: 1,
        conversionRate: 0,
        // One customer tells nothing of others.
        outcomeRate: { value: 1, low: 0, high: 1 },
      },
      {
        arm: 'CHAMPION',
        customers: 2,
        shown: 5,
        clicked: 1,
        bought: 2,
        answered: 2,
        clickRate: 0.2,
        conversionRate: 0.4,
        outcomeRate: { ...rate([1, 1], [2, 3]), value: 0.4 },
      },
      {
        arm: 'HOLDOUT',
        customers: 2,
        shown: 3,
        clicked: 1,
        bought: 0,
        answered: 1,
        clickRate: 1 / 3,
        conversionRate: 0,
        outcomeRate: { ...rate([0, 1], [2, 1]), value: 1 / 3 },
      },
    ]);
  });

  it('has the lift of all other arms over the holdout, a customer of two of them counted once', async () => {
    const side = `{ customers shown answered outcomeRate { value } }`;
    const { flywheel } = await ask(`{ flywheel(${span}) { lift {
      difference ${estimate} ratio ${estimate} treated ${side} heldOut ${side}
    } } }`);
    const { absolute, relative } = rateLift(
      armOfUnits(Float64Array.of(2, 1), Float64Array.of(3, 3)),
      armOfUnits(Float64Array.of(0, 1), Float64Array.of(2, 1)),
    );
    expect(flywheel.lift).toEqual({
      difference: { value: expect.closeTo(1 / 6, 12), low: absolute.low, high: absolute.high },
      ratio: { value: expect.closeTo(1.5, 12), low: relative.low + 1, high: relative.high + 1 },
      treated: { customers: 2, shown: 6, answered: 3, outcomeRate: { value: 0.5 } },
      heldOut: { customers: 2, shown: 3, answered: 1, outcomeRate: { value: 1 / 3 } },
    });
    expect(absolute.low).toBeLessThan(0);
  });

  it('says what other ways to choose would have earned', async () => {
    const { flywheel } = await ask(`{ flywheel(${span}) { offPolicy {
      policy slots customers effectiveSlots meanWeight ips ${estimate} snips { value } doublyRobust { value }
    } } }`);
    const [blend, challenger, learner, recommender, ...others] = flywheel.offPolicy;
    expect(others).toEqual([]);
    const near = (value: number) => expect.closeTo(value, 12);
    // w r = 0.5, 0, 1, 0: 1.5 of 4. Sum w = 0.5 + 2 + 1 + 0 = 3.5, sum w² = 5.25: 12.25 / 5.25 slots.
    // Doubly robust: 0.4 + 0.5 (1 - 0.5) = 0.65, 0.6 - 2 · 0.5 = -0.4, and 1 + 0 where the learner said nothing: 1.25 / 4.
    expect(recommender).toMatchObject({
      policy: 'recommender',
      slots: 4,
      customers: 2,
      effectiveSlots: near(12.25 / 5.25),
      meanWeight: near(0.875),
      snips: { value: near(1.5 / 3.5) },
      doublyRobust: { value: near(0.3125) },
    });
    // By customer 0.5 of 2 and 1 of 2, which lie 0.25 from 0.375 · 2: each over the other's 2, squared, and the sum halved.
    const spread = studentFactor(0.95, 1) * 0.125;
    expect(recommender.ips.value).toEqual(near(0.375));
    expect(recommender.ips.high).toEqual(expect.closeTo(0.375 + spread, 9));
    // w r = 1, 0, 1, 0 and w = 1 throughout; 0.5 + (1 - 0.5), 0.5 - 0.5, 1 and 0.
    expect(blend).toMatchObject({
      policy: 'blend',
      slots: 4,
      effectiveSlots: near(4),
      meanWeight: near(1),
      ips: { value: near(0.5) },
      snips: { value: near(0.5) },
      doublyRobust: { value: near(0.5) },
    });
    // w = 2, 0, 0.5, 0.5 and w r = 2, 0, 0.5, 0: 2.5 of 4, of a weight of 3; sum w² = 4.5. By customer 2 of 2 and 0.5 of 2,
    // which lie 0.75 from 0.625 · 2: each over the other's 2, squared, and the sum halved, is 0.140625 = 0.375².
    const margin = studentFactor(0.95, 1) * 0.375;
    expect(learner).toMatchObject({
      policy: 'learner',
      slots: 4,
      effectiveSlots: near(2),
      ips: {
        value: near(0.625),
        low: expect.closeTo(0.625 - margin, 9),
        high: expect.closeTo(0.625 + margin, 9),
      },
      snips: { value: near(2.5 / 3) },
      doublyRobust: { value: near(0.625) },
    });
    expect(challenger).toEqual({
      policy: 'challenger',
      slots: 1,
      customers: 1,
      effectiveSlots: 1,
      meanWeight: 0.5,
      ips: { value: 0.5, low: null, high: null },
      snips: { value: 1 },
      doublyRobust: null,
    });
  });

  it('says how much of what is on sale is shown, and how evenly', async () => {
    const { flywheel } = await ask(`{ flywheel(${span}) { coverage concentration } }`);
    // P1 4 times (sold out, but shown), P2 3, P3 2, P5 never; P4 is out of stock. Gini (0 · -3 + 2 · -1 + 3 + 4 · 3) / (4 · 9).
    expect(flywheel).toEqual({ coverage: 0.75, concentration: expect.closeTo(13 / 36, 12) });
  });

  it('takes all times without a span, and nothing where nothing was', async () => {
    const figures = 'exposures outcomes arms { arm shown } coverage concentration offPolicy { policy }';
    const all = await ask(`{ flywheel { ${figures} } }`);
    expect(all.flywheel).toMatchObject({
      exposures: 12,
      outcomes: 5,
      arms: [{ shown: 1 }, { shown: 7 }, { shown: 3 }],
    });
    const none = await ask(
      `{ flywheel(to: "2020-01-01T00:00:00Z") { ${figures} lift { difference ${estimate} ratio ${estimate} heldOut { customers } } } }`,
    );
    expect(none.flywheel).toEqual({
      exposures: 0,
      outcomes: 0,
      arms: [],
      coverage: 0,
      concentration: 0,
      offPolicy: [],
      lift: {
        difference: { value: null, low: -1, high: 1 },
        ratio: { value: null, low: 0, high: null },
        heldOut: { customers: 0 },
      },
    });
    const turned = await ask(
      '{ flywheel(from: "2026-03-01T12:00:00Z", to: "2026-03-01T12:00:00Z") { exposures } }',
    );
    expect(turned.errors).toMatchObject([{ message: expect.stringMatching(/`from` must be earlier/) }]);
  });
});

describe('a report on the wheel', () => {
  it('is as fresh as the newest event that is not dated far ahead', async () => {
    await database.pool.query(`INSERT INTO fact_event (source, event_id, type, occurred_at, arrived_at)
      VALUES ('far', 'ahead', 'view', now() + interval '4 years', now())`);
    try {
      const { flywheel } = await ask('{ flywheel { freshness { newest } } }');
      expect(flywheel).toEqual({ freshness: { newest: '2026-03-01T12:00:00.000Z' } });
    } finally {
      await database.pool.query("DELETE FROM fact_event WHERE source = 'far'");
    }
  });

  it('reads what is asked for, and once', async () => {
    const statements: string[] = [];
    const report = createWheelReports({ database, attributionWindowMs: 1 }).open(
      { from: null, to: null },
      () => statements.push('read'),
    );
    expect(statements).toEqual([]);
    await Promise.all([report.arms(), report.lift(), report.arms()]);
    expect(statements).toHaveLength(1);
    await report.shown();
    expect(statements).toHaveLength(2);
  });

  it('folds many customers into few rows, and says the same of each', async () => {
    await database.pool.query(`
      INSERT INTO dim_customer (code) SELECT 'M' || n FROM generate_series(1, 5000) AS n;
      INSERT INTO fact_decision (id, kind, customer_id, cause, policy, policy_propensity, experiment, arm, candidates, position,
          details, decided_at)
        SELECT code, 'RECOMMEND', id, 'asked', 'blend', 1, 'holdout', 'CHAMPION', 10, '{}',
          '{"others": {"blend": [0.5]}, "values": null, "predicted": null}', '2026-04-01T00:00:00Z'
        FROM dim_customer WHERE code LIKE 'M%';
      INSERT INTO fact_decision_slot (decision_id, slot, customer_id, score, propensity, shown_at, responded_at)
        SELECT code, 1, id, 0, 0.5, '2026-04-01T00:00:00Z', CASE WHEN hashint4(id) % 10 = 0 THEN '2026-04-01T01:00:00Z'::timestamptz END
        FROM dim_customer WHERE code LIKE 'M%'`);
    const reports = createWheelReports({ database, attributionWindowMs: 1 });
    const report = reports.open({ from: new Date('2026-04-01T00:00:00Z'), to: null });
    const [{ ips, slots, customers, effectiveSlots } = { ips: undefined }] = await report.offPolicy();
    expect({ slots, customers, effectiveSlots }).toEqual({
      slots: 5_000,
      customers: 5_000,
      effectiveSlots: 5_000,
    });
    const [arm] = await report.arms();
    expect(arm).toMatchObject({ arm: 'CHAMPION', customers: 5_000, shown: 5_000 });
    const rate = (arm?.answered ?? 0) / 5_000;
    expect(rate).toBeGreaterThan(0.05);
    expect(ips?.value).toBeCloseTo(rate, 12);
    // Sums of two customers now and then say of the error what customers alone would, to some hundredths.
    const error = Math.sqrt((rate * (1 - rate)) / 5_000);
    expect((ips?.standardError ?? 0) / error).toBeCloseTo(1, 1);
    const near = rateEstimate(armOfTrials(arm?.answered ?? 0, 5_000));
    expect(arm?.outcomeRate.low).toBeCloseTo(near.low, 4);
    expect(arm?.outcomeRate.high).toBeCloseTo(near.high, 4);
  });
});
