// What the rows of each cluster are like on average, in the units they were measured in.

import { FlywheelError } from '../../core/errors.js';

/**
 * The mean of each column over the rows of each cluster: one row of `columns` means per cluster, 0 where a cluster has
 * no row. `rows` need not be the table that was clustered: unscaled rows give means that people can read.
 */
export function clusterMeans(
  rows: Float64Array,
  columns: number,
  labels: Int32Array,
  clusters: number,
): Float64Array {
  if (rows.length !== labels.length * columns) {
    throw new FlywheelError('BAD_INPUT', `${labels.length} labels do not fit ${rows.length / columns} rows.`);
  }
  const sums = new Float64Array(clusters * columns);
  const sizes = new Int32Array(clusters);
  labels.forEach((cluster, row) => {
    sizes[cluster] = (sizes[cluster] ?? 0) + 1;
    for (let column = 0; column < columns; column += 1) {
      const at = cluster * columns + column;
      sums[at] = (sums[at] ?? 0) + (rows[row * columns + column] ?? 0);
    }
  });
  return sums.map((sum, at) => sum / Math.max(1, sizes[Math.floor(at / columns)] ?? 0));
}
