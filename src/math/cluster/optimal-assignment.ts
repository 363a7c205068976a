// The cheapest way to give each row of a cost table a column of its own.

import { FlywheelError } from '../../core/errors.js';

/**
 * The linear assignment problem: for each row the column that it is given, no column twice, so that the sum of costs is
 * least. By shortest augmenting paths with potentials (H. W. Kuhn, "The Hungarian Method for the Assignment Problem",
 * Naval Research Logistics Quarterly 2, 1955; R. Jonker, A. Volgenant, Computing 38, 1987); rows^2 x columns steps.
 *
 * `costs` holds `rows` rows of `columns` finite numbers one after another; columns are at least as many as rows.
 */
export function assignOptimally(costs: Float64Array, rows: number, columns: number): Int32Array {
  if (costs.length !== rows * columns || columns < rows) {
    throw new FlywheelError(
      'BAD_INPUT',
      'An assignment needs a full table of costs with at least as many columns as rows.',
    );
  }
  const rowPrice = new Float64Array(rows);
  const columnPrice = new Float64Array(columns);
  const rowOf = new Int32Array(columns).fill(-1);
  for (let row = 0; row < rows; row += 1) {
    const slack = new Float64Array(columns).fill(Number.POSITIVE_INFINITY);
    const before = new Int32Array(columns).fill(-1);
    const reached = new Uint8Array(columns);
    let column = -1;
    let current = row;
    // Grow a tree of alternating paths from the new row until it reaches a free column.
    do {
      let least = Number.POSITIVE_INFINITY;
      let next = -1;
      for (let other = 0; other < columns; other += 1) {
        if (reached[other] === 1) continue;
        const left =
          (costs[current * columns + other] ?? 0) - (rowPrice[current] ?? 0) - (columnPrice[other] ?? 0);
        if (left < (slack[other] ?? 0)) {
          slack[other] = left;
          before[other] = column;
        }
        if ((slack[other] ?? 0) < least) {
          least = slack[other] ?? 0;
          next = other;
        }
      }
      rowPrice[row] = (rowPrice[row] ?? 0) + least;
      for (let other = 0; other < columns; other += 1) {
        if (reached[other] === 1) {
          const owner = rowOf[other] ?? 0;
          rowPrice[owner] = (rowPrice[owner] ?? 0) + least;
          columnPrice[other] = (columnPrice[other] ?? 0) - least;
        } else slack[other] = (slack[other] ?? 0) - least;
      }
      column = next;
      reached[column] = 1;
      current = rowOf[column] ?? -1;
    } while (current >= 0);
    // Along the path every column passes to the row that reached it.
    for (let at = column; at >= 0; at = before[at] ?? -1) {
      const from = before[at] ?? -1;
      rowOf[at] = from < 0 ? row : (rowOf[from] ?? -1);
    }
  }
  const columnOf = new Int32Array(rows);
  rowOf.forEach((row, column) => {
    if (row >= 0) columnOf[row] = column;
  });
  return columnOf;
}
