// Where K-means begins: rows that lie far from each other (K-means++).

import type { Random } from '../../core/random.js';
import { drawIndex } from '../random-variates.js';
import { squaredDistance } from './distance.js';

/**
 * Chooses `clusters` rows as first centroids, each with probability in proportion to its squared distance from the
 * nearest one chosen before (D. Arthur, S. Vassilvitskii, "k-means++: The Advantages of Careful Seeding", SODA 2007);
 * of 2 + ln(clusters) candidates for each place the one that leaves the least inertia is taken, as the paper suggests.
 *
 * `rows` holds rows of `columns` numbers one after another. Returns the centroids laid out alike; fewer of them where
 * the rows have fewer distinct ones.
 */
export function seedCentroids(
  rows: Float64Array,
  columns: number,
  clusters: number,
  random: Random,
): Float64Array {
  const count = rows.length / columns;
  const candidates = 2 + Math.floor(Math.log(clusters));
  const centroids = new Float64Array(clusters * columns);
  let nearest = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  let trial = new Float64Array(count);
  let best = new Float64Array(count);
  let inertia = 0;
  for (let chosen = 0; chosen < clusters; chosen += 1) {
    let bestRow = -1;
    let bestInertia = Number.POSITIVE_INFINITY;
    for (let candidate = 0; candidate < (chosen === 0 ? 1 : candidates); candidate += 1) {
      const row = chosen === 0 ? random.integer(count) : drawIndex(random, nearest);
      const left = lessen(rows, columns, row, nearest, trial);
      if (left < bestInertia) {
        bestInertia = left;
        bestRow = row;
        [best, trial] = [trial, best];
      }
    }
    centroids.set(rows.subarray(bestRow * columns, (bestRow + 1) * columns), chosen * columns);
    [nearest, best] = [best, nearest];
    inertia = bestInertia;
    if (inertia === 0) return centroids.slice(0, (chosen + 1) * columns);
  }
  return centroids;
}

/** Writes the squared distances that a centroid at `row` would leave; returns their sum. */
function lessen(
  rows: Float64Array,
  columns: number,
  row: number,
  nearest: Float64Array,
  into: Float64Array,
): number {
  let sum = 0;
  for (let other = 0; other < nearest.length; other += 1) {
    const left = Math.min(
      nearest[other] ?? 0,
      squaredDistance(rows, other * columns, rows, row * columns, columns),
    );
    into[other] = left;
    sum += left;
  }
  return sum;
}
