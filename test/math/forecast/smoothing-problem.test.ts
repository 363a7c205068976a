import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SeasonForm, SmoothingForm, TrendForm } from '../../../src/math/forecast/smoothing-model.js';
import { columnsOf, createSmoothingProblem } from '../../../src/math/forecast/smoothing-problem.js';

const trends: readonly TrendForm[] = ['none', 'additive', 'damped'];
const seasons: readonly SeasonForm[] = ['none', 'additive', 'multiplicative'];

describe('the derivatives of the sum of squares', () => {
  const forms = trends.flatMap((trend) =>
    seasons.map((season): SmoothingForm => ({ trend, season, period: season === 'none' ? 1 : 3 })),
  );

  it.each(forms)('are those of its difference quotients: trend $trend, season $season', (form) => {
    const columns = columnsOf(form);
    const weight = fc.double({ min: 0.05, max: 0.9, noNaN: true });
    const value = fc.double({ min: 40, max: 90, noNaN: true });
    const cases = fc.tuple(
      fc.array(value, { minLength: 8, maxLength: 12 }),
      fc.array(weight, { minLength: columns.size, maxLength: columns.size }),
    );
    fc.assert(
      fc.property(cases, ([values, weights]) => {
        const x = Float64Array.from(weights, (share, column) => {
          if (column === columns.level) return 50 + 10 * share;
          if (column === columns.slope) return share;
          if (column === columns.phi) return 0.8 + 0.19 * share;
          if (columns.season >= 0 && column >= columns.season) return 0.8 + share;
          return share;
        });
        const problem = createSmoothingProblem(form, columns, Float64Array.from(values));
        const gradient = new Float64Array(columns.size);
        problem.linearise(x, new Float64Array(columns.size ** 2), gradient);
        const scale = problem.sumOfSquares(x);
        // Weights that drive a multiplicative level or season near 0 have no quotient that could be compared.
        fc.pre(scale < 1e5);
        for (let i = 0; i < columns.size; i += 1) {
          const width = 1e-6 * Math.max(1, Math.abs(x[i] ?? 0));
          const moved = (by: number) => problem.sumOfSquares(x.map((old, j) => (j === i ? old + by : old)));
          const quotient = (moved(width) - moved(-width)) / (2 * width);
          const allowed = 1e-4 * (Math.abs(quotient) + Math.sqrt(scale)) + 1e-8 * scale;
          expect(Math.abs(2 * (gradient[i] ?? 0) - quotient)).toBeLessThan(allowed);
        }
      }),
      { numRuns: 50, seed: 7 },
    );
  });
});
