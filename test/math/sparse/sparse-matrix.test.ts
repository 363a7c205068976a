import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addGramRow } from '../../../src/math/sparse/gram.js';
import {
  columnCounts,
  type SparseMatrix,
  selectColumns,
  sparseFromDense,
  sparseFromTriples,
  sparseRow,
  squaredRowNorms,
  transpose,
} from '../../../src/math/sparse/sparse-matrix.js';

function dense(matrix: SparseMatrix): number[][] {
  return Array.from({ length: matrix.rows }, (_, row) => {
    const full = new Array<number>(matrix.columns).fill(0);
    const { indices, values } = sparseRow(matrix, row);
    for (const [at, column] of indices.entries()) full[column] = values[at] ?? 0;
    return full;
  });
}

const anyDense = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }))
  .chain(([rows, columns]) =>
    fc.array(fc.array(fc.integer({ min: -3, max: 3 }), { minLength: columns, maxLength: columns }), {
      minLength: rows,
      maxLength: rows,
    }),
  )
  .map((rows) => rows.map((row) => row.map((value) => value + 0)));

describe('a sparse matrix', () => {
  it('from triples in any order, repeated places combined as asked', () => {
    const triples = { row: [1, 0, 1, 1], column: [2, 0, 0, 2], value: [5, 1, 2, 3] };
    expect(dense(sparseFromTriples(2, 3, triples))).toEqual([
      [1, 0, 0],
      [2, 0, 8],
    ]);
    expect(dense(sparseFromTriples(2, 3, triples, 'max'))).toEqual([
      [1, 0, 0],
      [2, 0, 5],
    ]);
    expect(dense(sparseFromTriples(2, 3, triples, 'last'))).toEqual([
      [1, 0, 0],
      [2, 0, 3],
    ]);
    expect([...sparseFromTriples(2, 3, triples).indices]).toEqual([0, 0, 2]);
  });

  it('counts 1 for each entry without values', () => {
    expect(dense(sparseFromTriples(1, 2, { row: [0, 0], column: [1, 1] }))).toEqual([[0, 2]]);
  });

  it.each([
    [{ row: [2], column: [0] }, 'The row of an entry is 2; it must be a whole number from 0 to 1.'],
    [{ row: [0], column: [-1] }, 'The column of an entry is -1; it must be a whole number from 0 to 2.'],
    [
      { row: [0], column: [0], value: [Number.NaN] },
      'The value of entry 0 is NaN; it must be a finite number.',
    ],
  ])('refuses %j', (triples, message) => {
    expect(() => sparseFromTriples(2, 3, triples)).toThrow(message);
  });

  it('keeps what dense rows hold, and transposes it', () => {
    fc.assert(
      fc.property(anyDense, (rows) => {
        const matrix = sparseFromDense(rows);
        expect(dense(matrix)).toEqual(rows);
        const columns = rows[0]?.map((_, column) => rows.map((row) => row[column])) ?? [];
        expect(dense(transpose(matrix))).toEqual(columns);
        expect([...squaredRowNorms(matrix)]).toEqual(
          rows.map((row) => row.reduce((sum, x) => sum + x * x, 0)),
        );
        expect([...columnCounts(matrix)]).toEqual(
          columns.map((column) => column.filter((x) => x !== 0).length),
        );
      }),
    );
  });

  it('times its transpose, row by row', () => {
    fc.assert(
      fc.property(anyDense, (rows) => {
        const matrix = sparseFromDense(rows);
        for (const [at, row] of rows.entries()) {
          const sums = new Float64Array(rows.length);
          addGramRow(matrix, transpose(matrix), at, sums);
          expect([...sums].map((x) => x + 0)).toEqual(
            rows.map((other) => other.reduce((sum, x, column) => sum + x * (row[column] ?? 0), 0) + 0),
          );
        }
      }),
    );
  });

  it('of some of its columns', () => {
    const matrix = sparseFromDense([
      [1, 2, 0, 3],
      [0, 4, 5, 0],
    ]);
    expect(dense(selectColumns(matrix, Int32Array.of(1, 3)))).toEqual([
      [2, 3],
      [4, 0],
    ]);
  });

  it('refuses dense rows of different lengths', () => {
    expect(() => sparseFromDense([[1], [1, 2]])).toThrow('Row 1 has 2 entries and row 0 has 1');
  });
});
