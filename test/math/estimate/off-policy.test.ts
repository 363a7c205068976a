import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../../src/core/random.js';
import { type LoggedSlots, offPolicyEstimates } from '../../../src/math/estimate/off-policy.js';
import { drawIndex, drawNormal, drawPoisson } from '../../../src/math/random-variates.js';
import { studentFactor } from '../../../src/math/stats/normal-quantile.js';

const endless = Number.POSITIVE_INFINITY;

// Weights 0.5, 2, 1, 0.
const byHand: LoggedSlots = {
  rewards: Float64Array.of(1, 1, 0, 0),
  logged: Float64Array.of(0.5, 0.25, 0.5, 0.8),
  evaluated: Float64Array.of(0.25, 0.5, 0.5, 0),
  model: { chosen: Float64Array.of(0.5, 0.5, 0.5, 0.25), expected: Float64Array.of(0.4, 0.6, 0.5, 0.3) },
};

describe('estimates of another policy from four slots', () => {
  it('are those of sums by hand', () => {
    const { ips, snips, doublyRobust, ...rest } = offPolicyEstimates(byHand);
    // Sum w = 3.5, sum w^2 = 0.25 + 4 + 1 = 5.25: Kish 12.25 / 5.25 = 2.3333.
    expect(rest).toEqual({
      slots: 4,
      units: 4,
      meanWeight: 0.875,
      effectiveSlots: expect.closeTo(7 / 3, 12),
      clippedSlots: 0,
      clippedShare: 0,
    });
    // w r = 0.5, 2, 0, 0: mean 0.625; about it -0.125, 1.375, -0.625, -0.625, squares 2.6875; / 3 / 4 = 0.2239583.
    expect(ips.value).toBe(0.625);
    expect(ips.standardError).toBeCloseTo(Math.sqrt(0.2239583), 6);
    const margin = studentFactor(0.95, 3) * ips.standardError;
    expect(ips.low).toBeCloseTo(0.625 - margin, 12);
    expect(ips.high).toBeCloseTo(0.625 + margin, 12);
    // 2.5 / 3.5 = 5 / 7. w (r - V) over the other weights: 1/7 / 3, 4/7 / 1.5, -5/7 / 2.5 (the last slot has no weight):
    // 0.0476190, 0.3809524, -0.2857143; squares 0.0022676 + 0.1451247 + 0.0816327 = 0.2290249; x 2 / 3 = 0.1526833.
    expect(snips.value).toBeCloseTo(5 / 7, 12);
    expect(snips.standardError).toBeCloseTo(Math.sqrt(0.1526833), 6);
    // q + w (r - m): 0.4 + 0.25, 0.6 + 1, 0.5 - 0.5, 0.3: mean 2.55 / 4; about it 0.0125, 0.9625, -0.6375, -0.3375,
    // squares 0.0001563 + 0.9264063 + 0.4064063 + 0.1139063 = 1.446875; / 12 = 0.1205729.
    expect(doublyRobust?.value).toBeCloseTo(0.6375, 12);
    expect(doublyRobust?.standardError).toBeCloseTo(Math.sqrt(0.1205729), 6);
  });

  it('tell what clipping took', () => {
    const { ips, snips, effectiveSlots, meanWeight, clippedSlots, clippedShare } = offPolicyEstimates(
      byHand,
      {
        clip: 1,
      },
    );
    // Weights 0.5, 1, 1, 0: 1 of 3.5 is gone.
    expect([clippedSlots, meanWeight, ips.value, snips.value]).toEqual([1, 0.625, 0.375, 0.6]);
    expect(clippedShare).toBeCloseTo(1 / 3.5, 12);
    expect(effectiveSlots).toBeCloseTo(6.25 / 2.25, 12);
    expect(offPolicyEstimates(byHand, { clip: 2 })).toEqual(offPolicyEstimates(byHand));
  });

  it('count customers, not slots, where slots belong to them', () => {
    const { ips, snips, units, slots } = offPolicyEstimates({
      ...byHand,
      units: Int32Array.of(7, -2, 7, -2),
    });
    // Sums of w r: 0.5 and 2 over 2 slots each. Residuals -0.75 and 0.75, over the 2 slots of the other: 0.375^2 x 2 / 2.
    expect([units, slots, ips.value]).toEqual([2, 4, 0.625]);
    expect(ips.standardError).toBeCloseTo(0.375, 12);
    // Sums of w: 1.5 and 2. Residuals 0.5 - 1.5 x 5 / 7 = -4 / 7 over 2, and 4 / 7 over 1.5.
    expect(snips.value).toBeCloseTo(5 / 7, 12);
    expect(snips.standardError).toBeCloseTo(Math.sqrt(((2 / 7) ** 2 + (8 / 21) ** 2) / 2), 12);
  });

  it('of the same policy are the mean of its rewards', () => {
    const { ips, snips, effectiveSlots } = offPolicyEstimates({ ...byHand, evaluated: byHand.logged });
    expect([ips.value, effectiveSlots]).toEqual([0.5, 4]);
    expect(snips).toEqual(ips);
  });

  it('are endless where nothing is known', () => {
    const none = new Float64Array(0);
    const unknown = { value: Number.NaN, standardError: endless, low: -endless, high: endless };
    expect(offPolicyEstimates({ rewards: none, logged: none, evaluated: none })).toMatchObject({
      slots: 0,
      effectiveSlots: 0,
      ips: unknown,
      snips: unknown,
      doublyRobust: undefined,
    });
    const apart = offPolicyEstimates({ ...byHand, evaluated: new Float64Array(4) });
    expect(apart.snips).toEqual(unknown);
    expect(apart.ips).toEqual({ ...unknown, value: 0 });
    expect(apart.doublyRobust).toEqual({ ...unknown, value: expect.closeTo(0.45, 12) });
    expect(offPolicyEstimates({ ...byHand, units: new Int32Array(4) }).ips).toEqual({
      ...unknown,
      value: 0.625,
    });
  });

  it.each<[string, Partial<LoggedSlots>]>([
    ['Slot 3 has the logged propensity 0', { logged: Float64Array.of(1, 1, 0, 1) }],
    ['Slot 2 has the logged propensity 1.5', { logged: Float64Array.of(1, 1.5, 1, 1) }],
    ['Slot 1 has the logged propensity NaN', { logged: Float64Array.of(Number.NaN, 1, 1, 1) }],
    ['Slot 4 has the evaluated propensity -0.1', { evaluated: Float64Array.of(0, 0, 0, -0.1) }],
    ['Slot 4 has the evaluated propensity 1.1', { evaluated: Float64Array.of(0, 0, 0, 1.1) }],
    ['Slot 2 has the evaluated propensity NaN', { evaluated: Float64Array.of(0, Number.NaN, 0, 0) }],
    ['Slot 1 has the reward NaN', { rewards: Float64Array.of(Number.NaN, 0, 0, 0) }],
    ['Slot 1 has the reward Infinity', { rewards: Float64Array.of(endless, 0, 0, 0) }],
    [
      "Slot 2 has the model's value of the policy NaN",
      { model: { chosen: new Float64Array(4), expected: Float64Array.of(0, Number.NaN, 0, 0) } },
    ],
    [
      "Slot 1 has the model's value of the choice NaN",
      { model: { chosen: Float64Array.of(Number.NaN, 0, 0, 0), expected: new Float64Array(4) } },
    ],
    ['There are 4 slots, but the logged propensity of 1', { logged: Float64Array.of(1) }],
    ['There are 4 slots, but the unit of 1', { units: Int32Array.of(1) }],
  ])('refuse: %s', (message, broken) => {
    expect(() => offPolicyEstimates({ ...byHand, ...broken })).toThrow(message);
  });

  it('let rounding carry a probability over 1 by a hair, and refuse options that are none', () => {
    expect(offPolicyEstimates({ ...byHand, logged: new Float64Array(4).fill(1 + 2 ** -50) }).slots).toBe(4);
    expect(() => offPolicyEstimates(byHand, { level: 95 })).toThrow('The level of an interval is 95');
    for (const clip of [0, Number.NaN])
      expect(() => offPolicyEstimates(byHand, { clip })).toThrow('clipped at');
  });
});

/** A shop with four kinds of visit and five things to show, whose truth is known. */
const kinds = 4;
const things = 5;

interface Shop {
  /** Probability of a reward by kind and thing. */
  readonly rates: readonly (readonly number[])[];
  readonly logged: readonly (readonly number[])[];
  readonly evaluated: readonly (readonly number[])[];
  /** The evaluated policy's mean reward per slot: kinds are equally likely. */
  readonly truth: number;
}

function openShop(): Shop {
  const random = createRandom('shop');
  const table = (cell: () => number) =>
    Array.from({ length: kinds }, () => Array.from({ length: things }, cell));
  const policy = (sharpness: number) =>
    table(() => Math.exp(drawNormal(random, 0, sharpness))).map((row) => {
      const total = row.reduce((sum, weight) => sum + weight, 0);
      // A fifth of the choices is uniform, so that no weight is above things / 0.2.
      return row.map((weight) => (0.8 * weight) / total + 0.2 / things);
    });
  const rates = table(() => 0.1 + 0.8 * random.uniform());
  const [logged, evaluated] = [policy(0.7), policy(1)];
  return { rates, logged, evaluated, truth: policyMean(rates, evaluated) };
}

function policyMean(values: readonly (readonly number[])[], policy: readonly (readonly number[])[]): number {
  const products = values.flatMap((row, kind) =>
    row.map((value, thing) => value * (policy[kind]?.[thing] ?? 0)),
  );
  return products.reduce((sum, product) => sum + product, 0) / kinds;
}

const shop = openShop();

/** What a model believes: the true rate, or a wrong one that confuses the things. */
type Belief = (kind: number, thing: number) => number;
const rightly: Belief = (kind, thing) => shop.rates[kind]?.[thing] ?? 0;
const wrongly: Belief = (kind, thing) => 0.9 - 0.1 * thing - 0.05 * kind;

/** The log of customers with Poisson(`slots`) + 1 slots each, whose mood moves all their rewards by up to `mood`. */
function drawLog(
  random: Random,
  customers: number,
  slots: number,
  mood: number,
  belief: Belief,
): LoggedSlots {
  const columns = {
    rewards: [],
    logged: [],
    evaluated: [],
    chosen: [],
    expected: [],
    units: [],
  } satisfies Record<string, number[]>;
  const push = (column: number[], value: number) => column.push(value);
  for (let customer = 0; customer < customers; customer += 1) {
    const shift = mood * (2 * random.uniform() - 1);
    const count = 1 + (slots > 0 ? drawPoisson(random, slots) : 0);
    for (let slot = 0; slot < count; slot += 1) {
      const kind = random.integer(kinds);
      const thing = drawIndex(random, shop.logged[kind] ?? []);
      const evaluated = shop.evaluated[kind] ?? [];
      push(columns.rewards, random.uniform() < rightly(kind, thing) + shift ? 1 : 0);
      push(columns.logged, shop.logged[kind]?.[thing] ?? 0);
      push(columns.evaluated, evaluated[thing] ?? 0);
      push(columns.chosen, belief(kind, thing));
      push(
        columns.expected,
        evaluated.reduce((sum, probability, other) => sum + probability * belief(kind, other), 0),
      );
      push(columns.units, customer);
    }
  }
  return {
    rewards: Float64Array.from(columns.rewards),
    logged: Float64Array.from(columns.logged),
    evaluated: Float64Array.from(columns.evaluated),
    model: { chosen: Float64Array.from(columns.chosen), expected: Float64Array.from(columns.expected) },
    units: Int32Array.from(columns.units),
  };
}

const runs = 400;
const estimators = ['ips', 'snips', 'doublyRobust'] as const;

interface Seen {
  /** The share of runs whose interval holds the truth. */
  readonly held: number;
  readonly mean: number;
  readonly deviation: number;
  readonly standardError: number;
}

/** Estimates each of 400 logs and sets the estimates beside the truth. */
function seeMany(draw: (run: number) => LoggedSlots): Record<(typeof estimators)[number], Seen> {
  const all = Array.from({ length: runs }, (_, run) => offPolicyEstimates(draw(run)));
  const seen = (name: (typeof estimators)[number]): Seen => {
    const found = all.flatMap((estimates) => estimates[name] ?? []);
    const mean = found.reduce((sum, { value }) => sum + value, 0) / runs;
    return {
      held: found.filter(({ low, high }) => low <= shop.truth && shop.truth <= high).length / runs,
      mean,
      deviation: Math.sqrt(found.reduce((sum, { value }) => sum + (value - mean) ** 2, 0) / (runs - 1)),
      standardError: found.reduce((sum, { standardError }) => sum + standardError, 0) / runs,
    };
  };
  return { ips: seen('ips'), snips: seen('snips'), doublyRobust: seen('doublyRobust') };
}

/** Means of unbiased estimates lie within three standard errors of the truth; SNIPS' own bias is far below that here. */
function expectUnbiased({ mean, deviation }: Seen): void {
  expect(Math.abs(mean - shop.truth)).toBeLessThan((3 * deviation) / Math.sqrt(runs));
}

describe('the truth, from 400 logs', () => {
  // 400 runs see a share of 95 % with a standard error of 1.1 %; 3 % are 2.75 of them. Some 800 slots with weights of at
  // most 25 and about half of them rewarded make effective samples of some hundreds: sums near enough to normal.
  const alone = seeMany((run) => drawLog(createRandom('log').stream(`${run}`), 800, 0, 0, rightly));
  const clustered = seeMany((run) =>
    drawLog(createRandom('customers').stream(`${run}`), 120, 6, 0.1, rightly),
  );
  const misled = seeMany((run) => drawLog(createRandom('wrong').stream(`${run}`), 120, 6, 0.1, wrongly));

  it.each(estimators)('is held by 19 of 20 intervals: %s of independent slots', (name) => {
    expect(Math.abs(alone[name].held - 0.95)).toBeLessThan(0.03);
    expectUnbiased(alone[name]);
  });

  it.each(estimators)('is held by 19 of 20 intervals: %s of customers with moods', (name) => {
    expect(Math.abs(clustered[name].held - 0.95)).toBeLessThan(0.03);
    expectUnbiased(clustered[name]);
  });

  it('is held so by doubly robust intervals even if the model is wrong', () => {
    expect(Math.abs(misled.doublyRobust.held - 0.95)).toBeLessThan(0.03);
    expectUnbiased(misled.doublyRobust);
  });

  it('is found with less variance by a good model', () => {
    // F of 399 and 399 degrees: variances of equal estimators would differ by a factor of 1.26 in one case of a hundred.
    expect(alone.ips.deviation ** 2).toBeGreaterThan(1.26 * alone.doublyRobust.deviation ** 2);
    expect(misled.doublyRobust.deviation).toBeGreaterThan(clustered.doublyRobust.deviation);
  });

  it('stands off from its estimates as the standard errors say', () => {
    // The deviation of 400 estimates is known to 1 / sqrt(2 x 400) = 3.5 %; three of that.
    for (const name of estimators)
      expect(Math.abs(clustered[name].standardError / clustered[name].deviation - 1)).toBeLessThan(0.106);
  });
});
