import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  interceptAt,
  Sgd,
  type SgdParameters,
  sgdDefaults,
  sgdLength,
  weightsAt,
} from '../../../src/math/online/sgd.js';
import { createLcg } from '../../support/lcg.js';
import { describeWithSharedFile } from '../../support/shared-data.js';

const logistic: SgdParameters = { ...sgdDefaults, loss: 'log' };

function create(features: number, parameters: SgdParameters = sgdDefaults) {
  const memory = new Float64Array(sgdLength(features));
  const model = new Sgd(parameters, memory);
  return {
    memory,
    predict: (x: Float64Array) => model.predict(x),
    learn: (x: Float64Array, y: number) => model.learn(x, y),
  };
}

describe('the three examples', () => {
  const seed: [number[], number][] = [
    [[10, 11], 4],
    [[11, 12], 5],
    [[12, 13], 6],
  ];

  it("gives scikit-learn's weights after each of them, to the last bit, and its prediction", () => {
    const model = create(2);
    const steps = seed.map(([x, y]) => ({
      before: model.learn(Float64Array.from(x), y),
      weights: [...model.memory.subarray(weightsAt)],
      intercept: model.memory[interceptAt],
    }));
    expect(steps).toEqual([
      { before: 0, weights: [0.4, 0.44], intercept: 0.04 },
      {
        before: 9.719999999999999,
        weights: [-0.03659375515829464, -0.036284099594126616],
        intercept: 0.00030968920002467926,
      },
      {
        before: -0.9105086674231571,
        weights: [0.5935084036284761, 0.6463265698724844],
        intercept: 0.05281820011515216,
      },
    ]);
    expect(model.predict(Float64Array.of(15, 16))).toBe(19.29666937250204);
  });
});

const weights = z.object({ weights: z.array(z.number()), intercept: z.number() });
const coefficients = z.object({ coef: z.array(z.number()), intercept: z.number() });
const referenceFile = z.object({
  river_regression: weights.extend({ prequential_mse: z.number() }),
  river_logistic: weights.extend({ prequential_accuracy: z.number() }),
  sklearn_regression_1500: coefficients,
  sklearn_log_1500: coefficients,
});

describeWithSharedFile('reference/online.json', 'SGD beside scikit-learn and River', (path) => {
  const reference = referenceFile.parse(JSON.parse(readFileSync(path, 'utf8')));
  const { nearNormal } = createLcg(7);
  const rows = Array.from({ length: 20_000 }, () => Float64Array.from({ length: 8 }, nearNormal));
  const truth = [0.5, -1, 2, 0, 0.25, -0.75, 1.5, -0.1];
  const scores = rows.map((x) => x.reduce((sum, value, j) => sum + value * (truth[j] ?? 0), 0));
  const numbers = scores.map((score) => score + 1 + 0.1 * nearNormal());
  const labels = scores.map((score) => (score + nearNormal() > 0 ? 1 : 0));

  function learnAll(parameters: SgdParameters, outcomes: number[], count: number) {
    const model = create(8, parameters);
    const predictions = rows.slice(0, count).map((x, i) => model.learn(x, outcomes[i] ?? 0));
    return { predictions, fitted: [...model.memory.subarray(weightsAt), model.memory[interceptAt] ?? 0] };
  }

  function expectClose(fitted: number[], expected: number[], tolerance: number): void {
    expect(fitted).toHaveLength(expected.length);
    fitted.forEach((value, j) => {
      expect(Math.abs(value / (expected[j] ?? 0) - 1)).toBeLessThan(tolerance);
    });
  }

  it("learns 1,500 numbers as scikit-learn's SGDRegressor", () => {
    const { coef, intercept } = reference.sklearn_regression_1500;
    expectClose(learnAll(sgdDefaults, numbers, 1500).fitted, [...coef, intercept], 1e-13);
  });

  it("learns 1,500 labels as scikit-learn's SGDClassifier with its optimal rate", () => {
    const { coef, intercept } = reference.sklearn_log_1500;
    const { fitted } = learnAll({ ...logistic, learningRate: 'optimal' }, labels, 1500);
    // The first steps of this rate are near 10 and blow up a difference in the last bit of exp a billion times.
    expectClose(fitted, [...coef, intercept], 1e-6);
  });

  it('learns 20,000 numbers as River, whose gradient is twice as large', () => {
    const parameters: SgdParameters = { ...sgdDefaults, learningRate: 'constant', eta0: 0.02, alpha: 0 };
    const { fitted, predictions } = learnAll(parameters, numbers, numbers.length);
    expectClose(fitted, [...reference.river_regression.weights, reference.river_regression.intercept], 1e-13);
    const squares = predictions.reduce((sum, p, i) => sum + (p - (numbers[i] ?? 0)) ** 2, 0);
    expect(squares / numbers.length).toBeCloseTo(reference.river_regression.prequential_mse, 14);
  });

  it('learns 20,000 labels as River', () => {
    const parameters: SgdParameters = { ...logistic, learningRate: 'constant', alpha: 0 };
    const { fitted, predictions } = learnAll(parameters, labels, labels.length);
    expectClose(fitted, [...reference.river_logistic.weights, reference.river_logistic.intercept], 1e-13);
    const hits = predictions.filter((p, i) => p >= 0.5 === (labels[i] === 1)).length;
    expect(hits / labels.length).toBe(reference.river_logistic.prequential_accuracy);
  });
});

const vector = fc
  .array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 4, maxLength: 4 })
  .map((values) => Float64Array.from(values));

describe('SGD', () => {
  it.each(['squared', 'log'] as const)(
    'returns from learn what predict said before, with loss %s',
    (loss) => {
      fc.assert(
        fc.property(fc.array(fc.tuple(vector, fc.boolean()), { minLength: 1, maxLength: 40 }), (examples) => {
          const model = create(4, { ...sgdDefaults, loss });
          for (const [x, outcome] of examples) {
            const said = model.predict(x);
            expect(model.learn(x, outcome ? 1 : 0)).toBe(said);
          }
        }),
      );
    },
  );

  it('takes the step of each schedule', () => {
    const one = Float64Array.of(1);
    const step = (parameters: Partial<SgdParameters>, t: number) => {
      const model = create(1, { ...sgdDefaults, alpha: 0, ...parameters });
      model.memory[0] = t - 1;
      model.learn(one, 1);
      return model.memory[interceptAt];
    };
    expect(step({ eta0: 0.5, powerT: 0.25 }, 16)).toBe(0.25);
    expect(step({ eta0: 0.5, powerT: 0.5 }, 16)).toBe(0.125);
    expect(step({ eta0: 0.5, powerT: 1 }, 16)).toBe(0.03125);
    expect(step({ eta0: 0.5, learningRate: 'constant' }, 16)).toBe(0.5);
  });

  it('forgets the weights before a step whose penalty is all of them', () => {
    const model = create(1, { ...sgdDefaults, learningRate: 'constant', eta0: 4, alpha: 0.5 });
    model.memory[weightsAt] = 10;
    model.learn(Float64Array.of(1), 11);
    expect(model.memory[weightsAt]).toBe(-4 * (10 - 11));
  });

  it('gives probabilities without overflow, and stays finite after an outcome that is far off', () => {
    const model = create(1, logistic);
    model.memory[weightsAt] = 1;
    expect(model.predict(Float64Array.of(1000))).toBe(1);
    expect(model.predict(Float64Array.of(-1000))).toBe(0);
    expect(model.predict(Float64Array.of(-40))).toBeCloseTo(Math.exp(-40), 30);
    const wild = create(1);
    wild.learn(Float64Array.of(1), 1e300);
    expect(wild.memory[weightsAt]).toBeCloseTo(1e10, -1);
  });

  it('refuses an outcome that is none, and learns nothing of it', () => {
    const model = create(1, logistic);
    expect(() => model.learn(Float64Array.of(1), 2)).toThrow('is 0 or 1, not 2');
    expect(() => create(1).learn(Float64Array.of(1), Number.NaN)).toThrow('is a finite number, not NaN');
    expect([...model.memory]).toEqual([0, 0, 0]);
    expect(() => create(1, { ...sgdDefaults, eta0: 0 })).toThrow('eta0 above 0');
  });
});
