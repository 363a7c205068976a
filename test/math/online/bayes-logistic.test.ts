import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/random.js';
import { BayesLogistic, type BayesParameters, bayesLength } from '../../../src/math/online/bayes-logistic.js';
import { Learner, type LearnerParameters, learnerLength } from '../../../src/math/online/learner.js';
import { interceptAt, Sgd, sgdDefaults, sgdLength, weightsAt } from '../../../src/math/online/sgd.js';

function parameters(features: number, over: Partial<BayesParameters> = {}): BayesParameters {
  return {
    variances: new Float64Array(features).fill(1),
    fading: new Float64Array(features),
    interceptVariance: 1,
    interceptFading: 0,
    ...over,
  };
}

function create(features: number, over: Partial<BayesParameters> = {}) {
  const memory = new Float64Array(bayesLength(features));
  const model = new BayesLogistic(parameters(features, over), memory);
  const weightOf = (column: number) => memory[weightsAt + column] ?? 0;
  return { model, memory, weightOf };
}

const chance = (score: number) => 1 / (1 + Math.exp(-score));

describe('Bayesian logistic regression', () => {
  it('takes the steps that the equations give by hand', () => {
    const { model, memory } = create(2, {
      variances: Float64Array.of(2, 0.5),
      fading: Float64Array.of(0.5, 0),
      interceptVariance: 4,
    });
    // p = 1/2, h = 1/4, sum v x^2 = 4 + 2 * 9 + 0, k = 1 / (1 + 22 / 4) = 2 / 13.
    expect(model.learn(Float64Array.of(3, 0), 1)).toBe(0.5);
    const [k, h] = [2 / 13, 1 / 4];
    const first = [1, 4 * k * 0.5, 2 * 3 * k * 0.5, 0, 16 * k * h, 36 * k * h, 0];
    memory.forEach((number, at) => {
      expect(number).toBeCloseTo(first[at] ?? Number.NaN, 14);
    });
    // The column fades by half before it is met again: its weight to a half, what is known of it to a quarter.
    const intercept = 4 * k * 0.5;
    const weight = (2 * 3 * k * 0.5) / 2;
    const variance = 2 - (36 * k * h) / 4;
    const p = chance(weight + intercept);
    const k2 = 1 / (1 + p * (1 - p) * (variance + 4 - 16 * k * h));
    model.learn(Float64Array.of(1, 0), 0);
    expect(memory[weightsAt]).toBeCloseTo(weight - k2 * variance * p, 14);
    expect(memory[interceptAt]).toBeCloseTo(intercept - k2 * (4 - 16 * k * h) * p, 14);
    expect(memory[weightsAt + 1]).toBe(0);
  });

  it('comes to the weights of a batch with the same prior where columns are apart', () => {
    // One example has one column, so nothing is lost with the diagonal; the intercept is held at 0.
    const random = createRandom(11);
    const { model, weightOf } = create(3, { interceptVariance: 1e-12 });
    const rates = [0.2, 0.5, 0.9];
    const counts = rates.map(() => ({ ones: 0, all: 0 }));
    for (let example = 0; example < 6_000; example += 1) {
      const column = example % 3;
      const count = counts[column];
      if (count === undefined) throw new Error('There are three columns.');
      const y = random.uniform() < (rates[column] ?? 0) ? 1 : 0;
      count.ones += y;
      count.all += 1;
      const x = new Float64Array(3);
      x[column] = 1;
      model.learn(x, y);
    }
    counts.forEach(({ ones, all }, column) => {
      // The posterior mode: where the slope of the log posterior, ones - all p - w, is 0.
      let mode = 0;
      for (let round = 0; round < 50; round += 1) {
        const p = chance(mode);
        mode += (ones - all * p - mode) / (all * p * (1 - p) + 1);
      }
      expect(weightOf(column)).toBeCloseTo(mode, 1);
    });
  });

  it('knows many rare columns from few examples better than gradient descent does', () => {
    const random = createRandom(5);
    const columns = 400;
    const truth = Array.from({ length: columns }, (_, column) => (column % 2 === 0 ? 0.5 : -4));
    const bayes = create(columns).model;
    const sgd = new Sgd({ ...sgdDefaults, loss: 'log', eta0: 0.2 }, new Float64Array(sgdLength(columns)));
    const losses = [0, 0];
    for (let example = 0; example < 8_000; example += 1) {
      const column = random.integer(columns);
      const x = new Float64Array(columns);
      x[column] = 1;
      const y = random.uniform() < chance(truth[column] ?? 0) ? 1 : 0;
      [bayes, sgd].forEach((model, which) => {
        const p = model.learn(x, y);
        losses[which] = (losses[which] ?? 0) - Math.log(y === 1 ? p : 1 - p);
      });
    }
    expect(losses[0]).toBeLessThan(0.85 * (losses[1] ?? 0));
  });

  it('gives up what has changed where it fades, and clings to it where it does not', () => {
    const weights = (fading: number) => {
      const { model, weightOf } = create(1, { fading: Float64Array.of(fading), interceptVariance: 1e-9 });
      const x = Float64Array.of(1);
      for (let example = 0; example < 400; example += 1) model.learn(x, example % 10 === 0 ? 0 : 1);
      const before = weightOf(0);
      for (let example = 0; example < 100; example += 1) model.learn(x, example % 10 === 0 ? 1 : 0);
      return { before, behind: weightOf(0) };
    };
    const [clinging, fading] = [weights(0), weights(0.02)];
    expect(clinging.before).toBeGreaterThan(1.5);
    expect(clinging.behind).toBeGreaterThan(0.5);
    expect(fading.before).toBeGreaterThan(1);
    expect(fading.behind).toBeLessThan(-1);
  });

  it('says the same of the columns that are not 0 as of all, and of an example before it learns it', () => {
    const example = fc.tuple(
      fc.uniqueArray(fc.nat(5), { maxLength: 4 }),
      fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 4, maxLength: 4 }),
      fc.boolean(),
    );
    fc.assert(
      fc.property(fc.array(example, { maxLength: 40 }), (examples) => {
        const { model, memory } = create(6, { fading: new Float64Array(6).fill(0.01) });
        for (const [columns, numbers, outcome] of examples) {
          const x = new Float64Array(6);
          columns.forEach((column, at) => {
            x[column] = numbers[at] ?? 0;
          });
          const said = model.predict(x);
          const sparse = { columns, numbers: numbers.slice(0, columns.length) };
          expect(model.predictSparse(sparse)).toBeCloseTo(said, 14);
          if (outcome) expect(model.learn(x, 1)).toBe(said);
          else expect(model.learnSparse(sparse, 0)).toBeCloseTo(said, 14);
        }
        expect(memory.every(Number.isFinite)).toBe(true);
      }),
    );
  });

  it('refuses what it cannot be made of, and an outcome that is none before it learns anything', () => {
    expect(() => create(1, { variances: Float64Array.of(0) })).toThrow('a variance above 0');
    expect(() => create(1, { fading: Float64Array.of(1) })).toThrow('from 0 to below 1');
    expect(() => create(2, { fading: Float64Array.of(0) })).toThrow('Each column');
    const { model, memory } = create(1);
    expect(() => model.learn(Float64Array.of(1), 0.5)).toThrow('0 or 1, not 0.5');
    expect([...memory]).toEqual(new Array(bayesLength(1)).fill(0));
  });
});

describe('a learner by Bayesian logistic regression', () => {
  const bayes: LearnerParameters = {
    task: 'classification',
    features: 3,
    scaledColumns: [],
    bayes: parameters(3),
  };

  it('goes on from a copy of its memory to the last bit, and reports its weights', () => {
    const memory = new Float64Array(learnerLength(bayes));
    const learner = new Learner(bayes, memory);
    const x = (at: number) => Float64Array.of(at % 2, at % 3, Number.NaN);
    for (let at = 0; at < 50; at += 1) learner.learn(x(at), at % 2);
    const copy = memory.slice();
    const resumed = new Learner(bayes, copy);
    for (let at = 0; at < 50; at += 1)
      expect(resumed.learn(x(at), at % 2)).toEqual(learner.learn(x(at), at % 2));
    expect([...copy]).toEqual([...memory]);
    const learned = learner.learnSparse({ columns: [0], numbers: [1] }, 1);
    expect(resumed.learn(Float64Array.of(1, 0, Number.NaN), 1)).toEqual(learned);
    expect([...copy]).toEqual([...memory]);
    const { weights, score } = learner.report();
    expect(weights).toHaveLength(3);
    expect(weights[0]).toBeGreaterThan(1);
    expect(weights[2]).toBe(0);
    expect(score.examples).toBe(101);
    const sparse = { columns: [0, 1], numbers: [1, 2] };
    expect(learner.predictSparse(sparse)).toBe(learner.predict(Float64Array.of(1, 2, Number.NaN)));
  });

  it('is for a classification that scales nothing', () => {
    expect(() => new Learner({ ...bayes, task: 'regression' })).toThrow('for a classification');
    expect(() => new Learner({ ...bayes, scaledColumns: [0] })).toThrow('scales nothing');
    expect(() => new Learner({ ...bayes, features: 2 })).toThrow('a variance for each column');
    const { bayes: _, ...plain } = bayes;
    expect(() => new Learner(plain).predictSparse({ columns: [0], numbers: [1] })).toThrow(
      'numbers of all columns',
    );
  });
});
