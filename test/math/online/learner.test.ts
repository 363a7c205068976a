import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/random.js';
import { adwinDefaults } from '../../../src/math/online/adwin.js';
import { readFloat64, writeFloat64 } from '../../../src/math/online/float64-text.js';
import { Learner, type LearnerParameters, learnerLength } from '../../../src/math/online/learner.js';
import { drawNormal } from '../../../src/math/random-variates.js';

const plain: LearnerParameters = { task: 'regression', features: 2, scaledColumns: [] };

const number = fc.oneof(
  fc.double({ min: -1e6, max: 1e6, noNaN: true }),
  fc.constantFrom(0, -0, 1, Number.NaN),
);
const example = fc.record({
  x: fc.array(number, { minLength: 3, maxLength: 3 }).map((values) => Float64Array.from(values)),
  outcome: fc.boolean(),
});

describe('a learner', () => {
  it('gives the seed prediction, and scores each example before it learns it', () => {
    const learner = new Learner(plain);
    const examples: [number[], number][] = [
      [[10, 11], 4],
      [[11, 12], 5],
      [[12, 13], 6],
    ];
    for (const [x, y] of examples) learner.learn(Float64Array.from(x), y);
    expect(learner.predict(Float64Array.of(15, 16))).toBe(19.29666937250204);
    const { score, weights, intercept } = learner.report();
    expect(weights).toEqual([0.5935084036284761, 0.6463265698724844]);
    expect(intercept).toBe(0.05281820011515216);
    expect(score).toMatchObject({ task: 'regression', examples: 3 });
    // Errors 4 - 0, 5 - 9.72 and 6 + 0.91…; the mean so far would have erred by 4, 1 and 1.5.
    expect(score).toHaveProperty('meanAbsoluteError', expect.closeTo((4 + 4.72 + 6.910508667423157) / 3, 12));
    expect(score).toHaveProperty('baselineMeanAbsoluteError', expect.closeTo(6.5 / 3, 12));
  });

  it.each(['regression', 'classification'] as const)(
    'goes on from its saved state as if it had never stopped, to the last bit: %s',
    (task) => {
      const parameters: LearnerParameters = {
        task,
        features: 3,
        scaledColumns: [0, 2],
        // So short a clock that changes are seen within few examples.
        adwin: { ...adwinDefaults, clock: 1, delta: 0.5, minWindowLength: 1, gracePeriod: 2 },
      };
      const histories = fc.array(example, { maxLength: 80 });
      fc.assert(
        fc.property(histories, fc.array(fc.nat(80), { maxLength: 4 }), (history, stops) => {
          const whole = new Float64Array(learnerLength(parameters));
          const throughout = new Learner(parameters, whole);
          let saved = writeFloat64(new Float64Array(learnerLength(parameters)));
          let memory = readFloat64(saved);
          let resumed = new Learner(parameters, memory);
          history.forEach(({ x, outcome }, index) => {
            if (stops.includes(index)) {
              saved = writeFloat64(memory);
              memory = readFloat64(saved);
              resumed = new Learner(parameters, memory);
            }
            const y = outcome ? 1 : 0;
            const said = throughout.predict(x);
            const learned = throughout.learn(x, y);
            expect(learned.prediction).toBe(said);
            expect(resumed.learn(x, y)).toEqual(learned);
          });
          expect(writeFloat64(memory)).toBe(writeFloat64(whole));
        }),
      );
    },
  );

  it.each(['regression', 'classification'] as const)(
    'sees when what it learned no longer holds: %s',
    (task) => {
      const random = createRandom(3).stream(task);
      const learner = new Learner({ task, features: 2, scaledColumns: [0, 1] });
      const drifts: number[] = [];
      for (let t = 1; t <= 4000; t += 1) {
        const x = Float64Array.of(drawNormal(random, 50, 20), drawNormal(random, 0.001, 0.0004));
        const sign = t <= 2000 ? 1 : -1;
        const score = sign * (((x[0] ?? 0) - 50) / 20 + (1000 * (x[1] ?? 0) - 1) / 0.4);
        const y = task === 'regression' ? 100 + 10 * score : score > 0 ? 1 : 0;
        if (learner.learn(x, y).drift) drifts.push(t);
      }
      const report = learner.report();
      expect(report.drifts).toBe(drifts.length);
      expect(report.lastDrift).toBe(drifts.at(-1));
      const afterChange = drifts.filter((t) => t > 2000);
      expect(afterChange[0]).toBeLessThan(2200);
    },
  );

  it('learns from columns of any size once they are scaled, and is better than its baseline', () => {
    const random = createRandom(4);
    const learner = new Learner({ task: 'classification', features: 2, scaledColumns: [0, 1] });
    for (let t = 0; t < 3000; t += 1) {
      const x = Float64Array.of(
        drawNormal(random, 1e6, 1e5),
        t % 7 === 0 ? Number.NaN : drawNormal(random, 0, 1e-3),
      );
      learner.learn(x, (x[0] ?? 0) > 1e6 ? 1 : 0);
    }
    const { score } = learner.report();
    expect(score).toMatchObject({ task: 'classification', examples: 3000 });
    if (score.task !== 'classification') throw new Error('The task is a classification.');
    expect(score.accuracy).toBeGreaterThan(0.95);
    expect(score.accuracy).toBeGreaterThan(score.baselineAccuracy + 0.3);
    expect(score.logLoss).toBeLessThan(score.baselineLogLoss);
    expect(score.baselineLogLoss).toBeCloseTo(Math.LN2, 1);
    expect(score.positiveShare).toBeCloseTo(0.5, 1);
  });

  it('refuses the state of another learner and an example of another length', () => {
    expect(() => new Learner(plain, new Float64Array(7))).toThrow('start it anew from the first example');
    expect(() => new Learner(plain).predict(Float64Array.of(1))).toThrow(
      'An example has 2 numbers here, not 1.',
    );
  });
});

describe('numbers as text', () => {
  it('give back the same bits', () => {
    fc.assert(
      fc.property(fc.float64Array(), (values) => {
        const back = readFloat64(writeFloat64(values));
        expect(back.length).toBe(values.length);
        expect(back.every((value, index) => Object.is(value, values[index]))).toBe(true);
      }),
      { examples: [[Float64Array.of(-0, Number.POSITIVE_INFINITY, Number.MIN_VALUE)]] },
    );
    expect(writeFloat64(Float64Array.of(1))).toBe('AAAAAAAA8D8=');
  });

  it('refuse text of another form', () => {
    expect(() => readFloat64('AAAA')).toThrow('not the base64 of whole 64-bit numbers');
    expect(() => readFloat64('AAAAAAAA8D8=!')).toThrow('not the base64');
  });
});
