// Where K-means begins: rows that lie far from each other (K-means++).

import type { Random } from '../../core/random.js';
import { drawIndex } from '../random-variates.js';
import { squaredDistance } from './distance.js';

/**
 * Adds rows to the `kept` centroids until there are `clusters`, each drawn with probability in proportion to its squared
 * distance from the nearest centroid so far, and evenly where there is none (D. Arthur, S. Vassilvitskii, "k-means++: The
 * Advantages of Careful Seeding", SODA 2007); of 2 + ln(clusters) candidates for each place the one that leaves the
 * least inertia is taken, as the paper suggests.
 *
 * `rows` and `kept` hold rows of `columns` numbers one after another. Returns the centroids laid out alike; fewer of
 * them where the rows have fewer distinct ones.
 */
export function seedCentroids(
  rows: Float64Array,
  columns: number,
  clusters: number,
  random: Random,
  kept: Float64Array,
): Float64Array {
  const count = rows.length / columns;
  const centroids = new Float64Array(clusters * columns);
  centroids.set(kept);
  let nearest = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  let trial = new Float64Array(count);
  let best = new Float64Array(count);
  let inertia = Number.POSITIVE_INFINITY;
  for (let at = 0; at < kept.length; at += columns)
    inertia = lessen(rows, columns, kept, at, nearest, nearest);
  for (let place = kept.length; place < centroids.length; place += columns) {
    if (inertia === 0) return centroids.slice(0, place);
    const total = inertia;
    const candidates = place === 0 ? 1 : 2 + Math.floor(Math.log(clusters));
    let bestRow = 0;
    inertia = Number.POSITIVE_INFINITY;
    for (let candidate = 0; candidate < candidates; candidate += 1) {
      const row = place === 0 ? random.integer(count) : drawIndex(random, nearest, total);
      const left = lessen(rows, columns, rows, row * columns, nearest, trial);
      if (left < inertia) {
        inertia = left;
        bestRow = row;
        [best, trial] = [trial, best];
      }
    }
    centroids.set(rows.subarray(bestRow * columns, (bestRow + 1) * columns), place);
    [nearest, best] = [best, nearest];
  }
  return centroids;
}

/** Writes the squared distances that a centroid at `start` of `from` would leave of `nearest`; returns their sum. */
function lessen(
  rows: Float64Array,
  columns: number,
  from: Float64Array,
  start: number,
  nearest: Float64Array,
  into: Float64Array,
): number {
  if (columns === 3) return lessenOfThree(rows, from, start, nearest, into);
  let sum = 0;
  for (let row = 0; row < nearest.length; row += 1) {
    const apart = squaredDistance(rows, row * columns, from, start, columns);
    const left = Math.min(apart, nearest[row] ?? 0);
    into[row] = left;
    sum += left;
  }
  return sum;
}

/** The same for three columns, where the centroid stays in registers: a quarter less time for the most usual table. */
function lessenOfThree(
  rows: Float64Array,
  from: Float64Array,
  start: number,
  nearest: Float64Array,
  into: Float64Array,
): number {
  const [first = 0, second = 0, third = 0] = from.subarray(start, start + 3);
  let sum = 0;
  for (let row = 0; row < nearest.length; row += 1) {
    const x = (rows[row * 3] ?? 0) - first;
    const y = (rows[row * 3 + 1] ?? 0) - second;
    const z = (rows[row * 3 + 2] ?? 0) - third;
    const left = Math.min(x * x + y * y + z * z, nearest[row] ?? 0);
    into[row] = left;
    sum += left;
  }
  return sum;
}
