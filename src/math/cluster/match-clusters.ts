// Which cluster of a new training is which of the one before.

import { squaredDistance } from './distance.js';
import { assignOptimally } from './optimal-assignment.js';

/**
 * For each new cluster the cluster before that it goes on from, so that the squared distances between matched centroids
 * sum to the least; -1 for new clusters beyond the number of those before. Both are laid out as rows of `columns`
 * numbers and must be on one scale.
 */
export function matchClusters(before: Float64Array, after: Float64Array, columns: number): Int32Array {
  const olds = before.length / columns;
  const news = after.length / columns;
  const [fewer, more] = olds < news ? [before, after] : [after, before];
  const rows = Math.min(olds, news);
  const count = Math.max(olds, news);
  const costs = new Float64Array(rows * count);
  for (let row = 0; row < rows; row += 1) {
    for (let other = 0; other < count; other += 1) {
      costs[row * count + other] = squaredDistance(fewer, row * columns, more, other * columns, columns);
    }
  }
  const given = assignOptimally(costs, rows, count);
  if (olds >= news) return given;
  const matched = new Int32Array(news).fill(-1);
  given.forEach((cluster, old) => {
    matched[cluster] = old;
  });
  return matched;
}
