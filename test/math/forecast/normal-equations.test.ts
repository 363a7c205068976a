// J^T J and J^T r come out the same to the last bit, however their rows are added.

import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/random.js';
import { addRow, addRows, rowsAtOnce } from '../../../src/math/forecast/normal-equations.js';
import { columnsOf, createSmoothingProblem } from '../../../src/math/forecast/smoothing-problem.js';

const random = createRandom(11);
const numbers = (count: number) => Float64Array.from({ length: count }, () => random.uniform() - 0.5);

/** As the definition says, with all columns. */
function addOne(row: Float64Array, residual: number, normal: Float64Array, gradient: Float64Array): void {
  gradient.forEach((sum, i) => {
    gradient[i] = sum - (row[i] ?? 0) * residual;
    for (let j = 0; j <= i; j += 1) {
      const place = i * gradient.length + j;
      normal[place] = (normal[place] ?? 0) + (row[i] ?? 0) * (row[j] ?? 0);
    }
  });
}

describe('the normal equations', () => {
  const size = 7;
  const start = () => ({ normal: numbers(size * size), gradient: numbers(size) });

  it('take several rows as they take one after the other', () => {
    const active = 5;
    const rows = numbers(rowsAtOnce * size).map((value, place) => (place % size < active ? value : 0));
    const residuals = numbers(rowsAtOnce);
    const { normal, gradient } = start();
    const expected = { normal: normal.slice(), gradient: gradient.slice() };
    addRows(rows, residuals, active, normal, gradient);
    residuals.forEach((residual, place) => {
      const row = rows.subarray(place * size, (place + 1) * size);
      addOne(row, residual, expected.normal, expected.gradient);
    });
    expect({ normal, gradient }).toEqual(expected);
  });

  it.each([3, 4, 6])('take a row whose column %i stands alone', (other) => {
    const dense = 3;
    const row = numbers(size).map((value, column) => (column < dense || column === other ? value : 0));
    const { normal, gradient } = start();
    const expected = { normal: normal.slice(), gradient: gradient.slice() };
    addRow(row, 0.3, dense, other, normal, gradient);
    addOne(row, 0.3, expected.normal, expected.gradient);
    expect({ normal, gradient }).toEqual(expected);
  });

  it.each(['additive', 'multiplicative'] as const)(
    'of an %s season are the same whether the level does not move or moves by next to nothing',
    (season) => {
      const form = { trend: 'damped', season, period: 4 } as const;
      const columns = columnsOf(form);
      const values = numbers(19).map((value) => 10 + value);
      const problem = createSmoothingProblem(form, columns, values);
      const at = (alpha: number) => {
        const x = Float64Array.of(alpha, 0.3, 0.9, 0.4, 9, 0.1, 1.1, 0.9, 1.2, 0.8);
        const normal = new Float64Array(columns.size ** 2);
        const gradient = new Float64Array(columns.size);
        problem.linearise(x, normal, gradient);
        return [...normal, ...gradient];
      };
      const moving = at(Number.MIN_VALUE);
      at(0).forEach((sum, place) => {
        expect(sum).toBeCloseTo(moving[place] ?? Number.NaN, 10);
      });
      expect(at(0).filter((sum) => sum !== 0).length).toBeGreaterThan(columns.size);
    },
  );
});
