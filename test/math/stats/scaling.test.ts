import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { columnMoments } from '../../../src/math/stats/column-moments.js';
import { fitScale, scaleRows, scalingMethods, unscaleRows } from '../../../src/math/stats/scaling.js';
import { readCustomerTable } from '../../support/customer-table.js';
import { describeWithSharedFile } from '../../support/shared-data.js';

const fiveCustomers = Float64Array.of(5, 500, 10, 2, 100, 40, 10, 1200, 5, 1, 50, 90, 4, 300, 20);

const reference = z.object({
  kmeans_rfm: z.object({
    mean: z.array(z.number()),
    scale: z.array(z.number()),
    Z_first3: z.array(z.array(z.number())),
    checksums: z.object({ sum_R: z.number(), sum_F: z.number(), sum_M: z.number() }),
  }),
});

describeWithSharedFile('reference/rfm.csv', 'the scale of 4,339 customers', (path) => {
  const expected = reference.parse(
    JSON.parse(readFileSync(path.replace('rfm.csv', 'segment_content.json'), 'utf8')),
  ).kmeans_rfm;
  const rows = readCustomerTable(path);

  it('is that of ln(1 + x), standardised by population deviations', () => {
    const { sum_R, sum_F, sum_M } = expected.checksums;
    columnMoments(rows, 3).means.forEach((mean, column) => {
      expect(mean * (rows.length / 3)).toBeCloseTo([sum_R, sum_F, sum_M][column] ?? 0, 4);
    });
    const scale = fitScale('log-standard', rows, 3);
    expect([...scale.means]).toEqual(expected.mean.map((value) => expect.closeTo(value, 12)));
    expect([...scale.deviations]).toEqual(expected.scale.map((value) => expect.closeTo(value, 12)));
    expect([...scaleRows(scale, rows).subarray(0, 9)]).toEqual(
      expected.Z_first3.flat().map((value) => expect.closeTo(value, 11)),
    );
  });
});

describe('the scale', () => {
  it("of five customers is scikit-learn's", () => {
    const scale = fitScale('standard', fiveCustomers, 3);
    expect([...scale.means]).toEqual([4.4, 430, 33]);
    [3.1368774282716245, 416.6533331199932, 30.919249667480614].forEach((deviation, column) => {
      expect(scale.deviations[column]).toBeCloseTo(deviation, 12);
    });
    expect(scaleRows(scale, fiveCustomers)[3]).toBeCloseTo(-0.765092055676006, 13);
    expect(scaleRows(fitScale('none', fiveCustomers, 3), fiveCustomers)).toEqual(fiveCustomers);
  });

  it('leads back to where the rows were', () => {
    const value = fc.double({ min: 0, max: 1e6, noNaN: true });
    const table = fc
      .array(fc.tuple(value, value), { minLength: 1, maxLength: 20 })
      .map((rows) => Float64Array.from(rows.flat()));
    fc.assert(
      fc.property(fc.constantFrom(...scalingMethods), table, (method, rows) => {
        const scale = fitScale(method, rows, 2);
        unscaleRows(scale, scaleRows(scale, rows)).forEach((back, at) => {
          expect(Math.abs(back - (rows[at] ?? 0))).toBeLessThan(1e-9 * (1 + (rows[at] ?? 0)));
        });
      }),
    );
  });

  it('scales new rows by what it kept, negative spend as none, and a column that never varied to 0', () => {
    const scale = fitScale('log-standard', Float64Array.of(0, 7, Math.E ** 2 - 1, 7), 2);
    expect([...scaleRows(scale, Float64Array.of(-5, 7))]).toEqual([
      expect.closeTo(-1, 12),
      expect.closeTo(0, 12),
    ]);
    expect(scale.deviations[1]).toBe(1);
  });

  it('refuses a broken table', () => {
    expect(() => fitScale('standard', Float64Array.of(1, 2, 3), 2)).toThrow('no whole number of rows');
    expect(() => fitScale('standard', new Float64Array(0), 2)).toThrow('at least one row');
    expect(() => fitScale('none', Float64Array.of(1, Number.NaN), 2)).toThrow('Column 2 holds a number');
    expect(() => scaleRows(fitScale('none', fiveCustomers, 3), Float64Array.of(1))).toThrow('of 3 columns');
  });
});
