// The sparse matrix of the project: compressed rows, made from triples or from dense rows.

import { FlywheelError } from '../../core/errors.js';

/**
 * A matrix of `rows` x `columns` in compressed sparse rows (CSR). The entries of row r stand at the positions
 * `starts[r]` to `starts[r + 1]` - 1 of `indices` (columns, ascending, each once) and `values`. Plain data: it can be
 * cloned to another thread as it is.
 */
export interface SparseMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly starts: Int32Array;
  readonly indices: Int32Array;
  readonly values: Float64Array;
}

/** The entries of one row: indices ascending, each once, and the value at each. */
export interface SparseVector {
  readonly indices: Int32Array;
  readonly values: Float64Array;
}

/** Entry i stands at (`row[i]`, `column[i]`) with `value[i]`; without `value` each entry counts 1. */
export interface Triples {
  readonly row: ArrayLike<number>;
  readonly column: ArrayLike<number>;
  readonly value?: ArrayLike<number>;
}

/** What several entries at one place become: their sum, the largest, or the one that came last. */
export type Combine = 'sum' | 'max' | 'last';

/** The transpose (columns x rows), in time proportional to the entries. */
export function transpose(matrix: SparseMatrix): SparseMatrix {
  const { rows, columns } = matrix;
  const starts = new Int32Array(columns + 1);
  for (const column of matrix.indices) starts[column + 1] = (starts[column + 1] ?? 0) + 1;
  for (let column = 0; column < columns; column += 1)
    starts[column + 1] = (starts[column + 1] ?? 0) + (starts[column] ?? 0);
  const next = starts.slice();
  const indices = new Int32Array(matrix.indices.length);
  const values = new Float64Array(matrix.indices.length);
  for (let row = 0; row < rows; row += 1) {
    const end = matrix.starts[row + 1] ?? 0;
    for (let at = matrix.starts[row] ?? 0; at < end; at += 1) {
      const column = matrix.indices[at] ?? 0;
      const place = next[column] ?? 0;
      next[column] = place + 1;
      indices[place] = row;
      values[place] = matrix.values[at] ?? 0;
    }
  }
  return { rows: columns, columns: rows, starts, indices, values };
}

function combined(combine: Combine, before: number, value: number): number {
  if (combine === 'sum') return before + value;
  return combine === 'max' ? Math.max(before, value) : value;
}

/** Joins the entries of each row that stand at one column; a row's equal columns must stand side by side. */
function joinRepeated(matrix: SparseMatrix, combine: Combine): SparseMatrix {
  const starts = new Int32Array(matrix.rows + 1);
  const indices = new Int32Array(matrix.indices.length);
  const values = new Float64Array(matrix.indices.length);
  let count = 0;
  for (let row = 0; row < matrix.rows; row += 1) {
    const first = count;
    const end = matrix.starts[row + 1] ?? 0;
    for (let at = matrix.starts[row] ?? 0; at < end; at += 1) {
      const column = matrix.indices[at] ?? 0;
      const value = matrix.values[at] ?? 0;
      if (count > first && indices[count - 1] === column) {
        values[count - 1] = combined(combine, values[count - 1] ?? 0, value);
        continue;
      }
      indices[count] = column;
      values[count] = value;
      count += 1;
    }
    starts[row + 1] = count;
  }
  return { ...matrix, starts, indices: indices.slice(0, count), values: values.slice(0, count) };
}

function requireIndex(index: number | undefined, bound: number, name: string): number {
  if (index === undefined || !Number.isInteger(index) || index < 0 || index >= bound)
    throw new FlywheelError(
      'BAD_INPUT',
      `The ${name} of an entry is ${index}; it must be a whole number from 0 to ${bound - 1}.`,
    );
  return index;
}

/**
 * The matrix of the triples, in any order; entries at one place are combined in the order in which they came.
 * Throws BAD_INPUT where a place lies outside of the matrix or a value is not finite.
 */
export function sparseFromTriples(
  rows: number,
  columns: number,
  triples: Triples,
  combine: Combine = 'sum',
): SparseMatrix {
  const count = triples.row.length;
  const starts = new Int32Array(columns + 1);
  for (let entry = 0; entry < count; entry += 1) {
    const column = requireIndex(triples.column[entry], columns, 'column');
    starts[column + 1] = (starts[column + 1] ?? 0) + 1;
  }
  for (let column = 0; column < columns; column += 1)
    starts[column + 1] = (starts[column + 1] ?? 0) + (starts[column] ?? 0);
  const next = starts.slice();
  const indices = new Int32Array(count);
  const values = new Float64Array(count);
  for (let entry = 0; entry < count; entry += 1) {
    const column = triples.column[entry] ?? 0;
    const value = triples.value === undefined ? 1 : (triples.value[entry] ?? Number.NaN);
    if (!Number.isFinite(value))
      throw new FlywheelError(
        'BAD_INPUT',
        `The value of entry ${entry} is ${value}; it must be a finite number.`,
      );
    const place = next[column] ?? 0;
    next[column] = place + 1;
    indices[place] = requireIndex(triples.row[entry], rows, 'row');
    values[place] = value;
  }
  // By column first, then transposed: a counting sort by row and column that keeps the order of what is equal.
  return joinRepeated(transpose({ rows: columns, columns: rows, starts, indices, values }), combine);
}

/** The matrix of dense rows of one length; zeros are not stored. Throws BAD_INPUT where the lengths differ. */
export function sparseFromDense(dense: readonly (readonly number[])[]): SparseMatrix {
  const columns = dense[0]?.length ?? 0;
  const row: number[] = [];
  const column: number[] = [];
  const value: number[] = [];
  for (const [r, entries] of dense.entries()) {
    if (entries.length !== columns)
      throw new FlywheelError(
        'BAD_INPUT',
        `Row ${r} has ${entries.length} entries and row 0 has ${columns}; make them equal.`,
      );
    for (const [c, entry] of entries.entries()) {
      if (entry === 0) continue;
      row.push(r);
      column.push(c);
      value.push(entry);
    }
  }
  return sparseFromTriples(dense.length, columns, { row, column, value });
}

/** Row `row` as a view of the matrix's own arrays. */
export function sparseRow(matrix: SparseMatrix, row: number): SparseVector {
  const start = matrix.starts[row] ?? 0;
  const end = matrix.starts[row + 1] ?? start;
  return { indices: matrix.indices.subarray(start, end), values: matrix.values.subarray(start, end) };
}

/** The columns `columns` (ascending, each once) of the matrix, numbered anew from 0; the others are dropped. */
export function selectColumns(matrix: SparseMatrix, columns: Int32Array): SparseMatrix {
  if (columns.length === matrix.columns) return matrix;
  const placeOf = new Int32Array(matrix.columns).fill(-1);
  for (const [place, column] of columns.entries()) placeOf[column] = place;
  const starts = new Int32Array(matrix.rows + 1);
  const indices = new Int32Array(matrix.indices.length);
  const values = new Float64Array(matrix.indices.length);
  let count = 0;
  for (let row = 0; row < matrix.rows; row += 1) {
    const end = matrix.starts[row + 1] ?? 0;
    for (let at = matrix.starts[row] ?? 0; at < end; at += 1) {
      const place = placeOf[matrix.indices[at] ?? 0] ?? -1;
      if (place < 0) continue;
      indices[count] = place;
      values[count] = matrix.values[at] ?? 0;
      count += 1;
    }
    starts[row + 1] = count;
  }
  return {
    rows: matrix.rows,
    columns: columns.length,
    starts,
    indices: indices.slice(0, count),
    values: values.slice(0, count),
  };
}

/** The number of entries of each column: for a customer x product matrix, the distinct customers of each product. */
export function columnCounts(matrix: SparseMatrix): Float64Array {
  const counts = new Float64Array(matrix.columns);
  for (const column of matrix.indices) counts[column] = (counts[column] ?? 0) + 1;
  return counts;
}

/** The sum of squares of each row. */
export function squaredRowNorms(matrix: SparseMatrix): Float64Array {
  const squares = new Float64Array(matrix.rows);
  for (let row = 0; row < matrix.rows; row += 1) {
    let sum = 0;
    const end = matrix.starts[row + 1] ?? 0;
    for (let at = matrix.starts[row] ?? 0; at < end; at += 1) sum += (matrix.values[at] ?? 0) ** 2;
    squares[row] = sum;
  }
  return squares;
}
