import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchClusters } from '../../../src/math/cluster/match-clusters.js';
import { assignOptimally } from '../../../src/math/cluster/optimal-assignment.js';

/** All ways to take `rows` of the columns in an order. */
function arrangements(rows: number, columns: number[]): number[][] {
  if (rows === 0) return [[]];
  return columns.flatMap((column) =>
    arrangements(
      rows - 1,
      columns.filter((other) => other !== column),
    ).map((rest) => [column, ...rest]),
  );
}

describe('the optimal assignment', () => {
  it('costs no more than any other', () => {
    const sizes = fc.integer({ min: 1, max: 4 }).chain((rows) =>
      fc.integer({ min: rows, max: 5 }).chain((columns) =>
        fc.record({
          rows: fc.constant(rows),
          columns: fc.constant(columns),
          costs: fc.array(fc.integer({ min: -20, max: 20 }), {
            minLength: rows * columns,
            maxLength: rows * columns,
          }),
        }),
      ),
    );
    fc.assert(
      fc.property(sizes, ({ rows, columns, costs }) => {
        const costOf = (given: readonly number[]) =>
          given.reduce((sum, column, row) => sum + (costs[row * columns + column] ?? 0), 0);
        const given = [...assignOptimally(Float64Array.from(costs), rows, columns)];
        expect(new Set(given).size).toBe(rows);
        const least = Math.min(...arrangements(rows, [...Array(columns).keys()]).map(costOf));
        expect(costOf(given)).toBe(least);
      }),
    );
  });

  it('refuses fewer columns than rows', () => {
    expect(() => assignOptimally(Float64Array.of(1, 2), 2, 1)).toThrow('as many columns as rows');
  });
});

describe('clusters of two trainings', () => {
  const before = Float64Array.of(0, 0, 5, 5, 10, 0);

  it('keep who they are when they come in another order and moved a little', () => {
    expect([...matchClusters(before, Float64Array.of(9, 1, 0, 1, 5, 4), 2)]).toEqual([2, 0, 1]);
  });

  it('are matched all together, not each with its nearest', () => {
    // Both lie nearest to 0; one of them must be what was at 4.
    expect([...matchClusters(Float64Array.of(0, 4), Float64Array.of(0.5, -3), 1)]).toEqual([1, 0]);
  });

  it('are new where there are more than before, and vanish where there are fewer', () => {
    expect([...matchClusters(before, Float64Array.of(0, 1, 50, 50, 5, 5, 10, 1), 2)]).toEqual([0, -1, 1, 2]);
    expect([...matchClusters(before, Float64Array.of(10, 1), 2)]).toEqual([2]);
    expect([...matchClusters(new Float64Array(0), Float64Array.of(1, 1), 2)]).toEqual([-1]);
  });
});
