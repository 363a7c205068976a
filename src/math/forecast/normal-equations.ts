// Sums of squares and products of derivatives, a few rows at a time: J^T J and J^T r of a least-squares problem.

/** How many rows `addRows` takes, so that every entry of J^T J is read and written once for all of them. */
export const rowsAtOnce = 4;

/**
 * Adds four rows of -J (`rows`, each as long as `gradient`) with their residuals to J^T J (lower triangle) and J^T r, in
 * their order: every sum comes out as if they were added one by one. Columns from `active` on are 0 in all of them.
 */
export function addRows(
  rows: Float64Array,
  residuals: Float64Array,
  active: number,
  normal: Float64Array,
  gradient: Float64Array,
): void {
  const size = gradient.length;
  const [r0 = 0, r1 = 0, r2 = 0, r3 = 0] = residuals;
  const [row1, row2, row3] = [size, 2 * size, 3 * size];
  for (let i = 0; i < active; i += 1) {
    const d0 = rows[i] ?? 0;
    const d1 = rows[row1 + i] ?? 0;
    const d2 = rows[row2 + i] ?? 0;
    const d3 = rows[row3 + i] ?? 0;
    gradient[i] = (gradient[i] ?? 0) - d0 * r0 - d1 * r1 - d2 * r2 - d3 * r3;
    const start = i * size;
    for (let j = 0; j <= i; j += 1) {
      normal[start + j] =
        (normal[start + j] ?? 0) +
        d0 * (rows[j] ?? 0) +
        d1 * (rows[row1 + j] ?? 0) +
        d2 * (rows[row2 + j] ?? 0) +
        d3 * (rows[row3 + j] ?? 0);
    }
  }
}

/** Adds one row of -J that is 0 but for its first `dense` columns and for the column `other`, which follows them. */
export function addRow(
  row: Float64Array,
  residual: number,
  dense: number,
  other: number,
  normal: Float64Array,
  gradient: Float64Array,
): void {
  const size = gradient.length;
  for (let k = 0; k <= dense; k += 1) {
    const i = k < dense ? k : other;
    const derivative = row[i] ?? 0;
    gradient[i] = (gradient[i] ?? 0) - derivative * residual;
    const start = i * size;
    for (let j = 0; j < dense && j <= i; j += 1) {
      normal[start + j] = (normal[start + j] ?? 0) + derivative * (row[j] ?? 0);
    }
    if (i === other) normal[start + other] = (normal[start + other] ?? 0) + derivative * derivative;
  }
}
