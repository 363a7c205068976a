import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../../src/core/random.js';
import { type Arm, armOfTrials, armOfUnits } from '../../../src/math/estimate/arm.js';
import { compareRates, type Verdict } from '../../../src/math/estimate/compare-rates.js';
import { rateLift } from '../../../src/math/estimate/rate-lift.js';
import { drawPoisson } from '../../../src/math/random-variates.js';
import { drawBeta, drawSuccesses } from './arms-by-chance.js';

const options = { confidence: 0.95, effect: 0.02 };
const runs = 400;
// How often a share of 5 % shows in 400 runs: 20 times, with a deviation of sqrt(400 x 0.05 x 0.95) = 4.36; three of
// them are allowed.
const mostFalse = 33;

type Look = () => readonly [challenger: Arm, incumbent: Arm];

/** Two arms of trials that grow by `step` between looks, the challenger's by `share` of all that come. */
function growingTrials(
  random: Random,
  [better, usual]: readonly [number, number],
  share: number,
  step = 100,
): Look {
  let [goodA, ofA, goodB, ofB] = [0, 0, 0, 0];
  return () => {
    for (let trial = 0; trial < step; trial += 1) {
      const isA = random.uniform() < share;
      const good = random.uniform() < (isA ? better : usual) ? 1 : 0;
      if (isA) [goodA, ofA] = [goodA + good, ofA + 1];
      else [goodB, ofB] = [goodB + good, ofB + 1];
    }
    return [armOfTrials(goodA, ofA), armOfTrials(goodB, ofB)];
  };
}

/** Two arms of customers with tastes and habits of their own, who stay and go on deciding between looks. */
function growingCustomers(random: Random, counts: readonly [number, number], mean: number): Look {
  const arms = counts.map((count) => ({
    rates: Float64Array.from({ length: count }, () => drawBeta(random, mean, 5)),
    paces: Float64Array.from({ length: count }, () => random.uniform()),
    successes: new Float64Array(count),
    trials: new Float64Array(count),
  }));
  const grow = ({ rates, paces, successes, trials }: (typeof arms)[number]) => {
    rates.forEach((rate, customer) => {
      const decisions = drawPoisson(random, paces[customer] ?? 0);
      trials[customer] = (trials[customer] ?? 0) + decisions;
      successes[customer] = (successes[customer] ?? 0) + drawSuccesses(random, decisions, rate);
    });
    return armOfUnits(successes, trials);
  };
  return () => {
    const [challenger, incumbent] = arms.map(grow);
    if (challenger === undefined || incumbent === undefined) throw new Error('There are two arms.');
    return [challenger, incumbent];
  };
}

/** The first verdict at up to `looks` looks. */
function firstVerdict(look: Look, looks: number, decide: (arms: ReturnType<Look>) => Verdict): Verdict {
  for (let done = 0; done < looks; done += 1) {
    const verdict = decide(look());
    if (verdict !== 'undecided') return verdict;
  }
  return 'undecided';
}

function countVerdicts(verdictOf: (run: number) => Verdict): Record<Verdict, number> {
  const counts = { better: 0, worse: 0, undecided: 0 };
  for (let run = 0; run < runs; run += 1) counts[verdictOf(run)] += 1;
  return counts;
}

const always = ([a, b]: ReturnType<Look>) => compareRates(a, b, options).verdict;

/** What looks natural and is wrong: the interval of one look, looked at again and again (90 % has 5 % on either side). */
const again = ([a, b]: ReturnType<Look>): Verdict => {
  const { low, high } = rateLift(a, b, 0.9).absolute;
  return low > 0 ? 'better' : high < 0 ? 'worse' : 'undecided';
};

describe('a comparison at every look', () => {
  it('has the limits of a sum by hand', () => {
    // 90 / 1000 against 60 / 1000: pooled 0.075, V = 0.075 x 0.925 x 2 / 1000 = 1.3875e-4; tau^2 = 4e-4;
    // tau^2 / V = 2.882883. a = 2 x 0.05 / 1.05 = 0.0952381, -2 ln a = 4.702751.
    // z^2 = (1 + 1 / 2.882883) (ln 3.882883 + 4.702751) = 1.346875 x (1.356578 + 4.702751) = 8.161154.
    // Wilson with w = z^2 / 1000 = 0.00816115: (r + w / 2 ± sqrt(w (r (1 - r) + w / 4))) / (1 + w)
    //   0.09: (0.0940806 ± sqrt(w 0.0839403)) / 1.0081612 = (0.0940806 ± 0.0261735) / … = 0.0673574 … 0.1192806;
    //   0.06: (0.0640806 ± sqrt(w 0.0584403)) / 1.0081612 = (0.0640806 ± 0.0218389) / … = 0.0418998 … 0.0852240.
    // 0.03 - hypot(0.0226426, 0.0252240) = -0.0038960;  0.03 + hypot(0.0292806, 0.0181002) = 0.0644234.
    const { verdict, difference } = compareRates(armOfTrials(90, 1_000), armOfTrials(60, 1_000), options);
    expect(verdict).toBe('undecided');
    expect(difference.value).toBeCloseTo(0.03, 12);
    expect(difference.low).toBeCloseTo(-0.003896, 6);
    expect(difference.high).toBeCloseTo(0.0644234, 6);
  });

  it('says what is plain, either way round', () => {
    const [good, poor] = [armOfTrials(180, 2_000), armOfTrials(100, 2_000)];
    expect(compareRates(good, poor, options).verdict).toBe('better');
    expect(compareRates(poor, good, options).verdict).toBe('worse');
    expect(compareRates(good, good, options).verdict).toBe('undecided');
  });

  it('is undecided while an arm tells nothing or little', () => {
    const undecided = { verdict: 'undecided', difference: { low: -1, high: 1 } };
    const arm = armOfTrials(50, 100);
    expect(compareRates(armOfTrials(0, 0), arm, options)).toMatchObject(undecided);
    expect(compareRates(arm, armOfUnits(Float64Array.of(0), Float64Array.of(900)), options)).toMatchObject(
      undecided,
    );
    expect(compareRates(armOfTrials(0, 9_000), armOfTrials(0, 100), options)).toMatchObject(undecided);
    expect(compareRates(armOfTrials(90, 90), armOfTrials(70, 70), options)).toMatchObject(undecided);
    // 50 of 1,000 in all lead to expect 4.95 of the challenger's 99, which is too few, and 5 of 100, which is not.
    expect(compareRates(armOfTrials(40, 99), armOfTrials(10, 901), options)).toMatchObject(undecided);
    expect(compareRates(armOfTrials(40, 100), armOfTrials(10, 900), options).verdict).toBe('better');
    // As few failures are too few as well.
    expect(compareRates(armOfTrials(99, 99), armOfTrials(851, 901), options)).toMatchObject(undecided);
  });

  it('asks more of few customers than of many trials', () => {
    const [a, b] = [armOfTrials(180, 2_000), armOfTrials(100, 2_000)];
    const few = (arm: Arm) => ({ ...arm, units: 4, degrees: 3 });
    expect(compareRates(a, b, options).verdict).toBe('better');
    expect(compareRates(few(a), few(b), options).verdict).toBe('undecided');
    // So many that Student's factor is the normal one.
    const many = compareRates({ ...a, degrees: 1e6 }, { ...b, degrees: 1e6 }, options).difference;
    expect(many.low).toBeCloseTo(compareRates(a, b, options).difference.low, 6);
  });

  it('refuses a confidence or an effect that is none', () => {
    const arm = armOfTrials(1, 2);
    expect(() => compareRates(arm, arm, { confidence: 1, effect: 0.1 })).toThrow(
      'The confidence of a comparison is 1',
    );
    for (const effect of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => compareRates(arm, arm, { confidence: 0.9, effect })).toThrow('The effect worth finding');
  });
});

describe('under equal rates, looked at again and again', () => {
  it.each([
    ['half of the traffic', 0.5, 0.06],
    ['a tenth of the traffic', 0.1, 0.06],
    ['a tenth of the traffic, a low rate', 0.1, 0.01],
  ])('at most 5 of 100 are ever called better, and worse: %s', (name, share, rate) => {
    const random = createRandom('equal').stream(name);
    const said = countVerdicts((run) =>
      firstVerdict(growingTrials(random.stream(`${run}`), [rate, rate], share), 80, always),
    );
    expect(said.better).toBeLessThanOrEqual(mostFalse);
    expect(said.worse).toBeLessThanOrEqual(mostFalse);
  });

  it.each([
    ['equal arms', 100, 100],
    ['few challengers', 30, 200],
  ])(
    'at most 5 of 100 are ever called better, and worse, where customers stay: %s',
    (name, challengers, incumbents) => {
      const random = createRandom('customers').stream(name);
      const said = countVerdicts((run) =>
        firstVerdict(growingCustomers(random.stream(`${run}`), [challengers, incumbents], 0.06), 40, always),
      );
      expect(said.better).toBeLessThanOrEqual(mostFalse);
      expect(said.worse).toBeLessThanOrEqual(mostFalse);
    },
  );

  it('two or three lucky successes are not enough', () => {
    // A fiftieth of the traffic and a large effect to look for: without the rule of 5 some 50 of 400 are called better.
    const random = createRandom('equal').stream('luck');
    const decide = ([a, b]: ReturnType<Look>) =>
      compareRates(a, b, { confidence: 0.95, effect: 0.1 }).verdict;
    const said = countVerdicts((run) =>
      firstVerdict(growingTrials(random.stream(`${run}`), [0.02, 0.02], 0.02, 10), 300, decide),
    );
    expect(said.better).toBeLessThanOrEqual(mostFalse);
  });

  it('the interval of one look errs far more often', () => {
    const random = createRandom('equal').stream('one look');
    const said = countVerdicts((run) =>
      firstVerdict(growingTrials(random.stream(`${run}`), [0.06, 0.06], 0.5), 80, again),
    );
    expect(said.better).toBeGreaterThan(2 * mostFalse);
  });
});

describe('a rate that is better', () => {
  it('is called so in time, and one that is worse too', () => {
    const random = createRandom('unequal');
    const better = countVerdicts((run) =>
      firstVerdict(growingTrials(random.stream(`better ${run}`), [0.09, 0.06], 0.5), 80, always),
    );
    const worse = countVerdicts((run) =>
      firstVerdict(growingTrials(random.stream(`worse ${run}`), [0.04, 0.06], 0.5), 80, always),
    );
    // 4,000 trials an arm: the difference of 0.03 is 5 standard errors of 0.006, that of 0.02 is 4 of 0.005; the limit
    // lies near 3.1 of them.
    expect(better.better).toBeGreaterThan(0.9 * runs);
    expect(worse.worse).toBeGreaterThan(0.7 * runs);
  });
});
