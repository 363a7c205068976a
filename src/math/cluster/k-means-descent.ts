// Moves centroids downhill until no row would rather belong to another one: Lloyd's iteration with bounds.

import { squaredDistance } from './distance.js';

export interface DescentLimits {
  /** The way ends when the centroids together move by no more than this (sum of squared moves). */
  readonly tolerance: number;
  readonly iterations: number;
  /** Called before each iteration; it may throw to cancel. */
  readonly onIteration?: (() => void) | undefined;
}

export interface Descent {
  readonly centroids: Float64Array;
  /** The centroid of each row. */
  readonly labels: Int32Array;
  readonly sizes: Int32Array;
  /** The sum of squared distances from each row to its centroid. */
  readonly inertia: number;
}

/**
 * Lloyd's iteration (S. Lloyd, "Least Squares Quantization in PCM", IEEE Trans. Information Theory 28(2), 1982): each
 * row belongs to its nearest centroid (the lower index where two are alike), each centroid becomes the mean of its
 * rows. Rows whose centroid cannot have changed are passed over: the way is the same as Lloyd's, but most
 * distances are never computed. The bound is the difference of the two of G. Hamerly ("Making k-means Even Faster", SDM
 * 2010), which needs nothing written for a row that stays. A centroid that lost all its rows moves to the row that is
 * furthest from its own.
 *
 * `rows` holds rows of `columns` numbers one after another, `centroids` is laid out alike and not changed. Labels,
 * sizes and inertia belong to the centroids that are returned.
 */
export function descend(
  rows: Float64Array,
  columns: number,
  centroids: Float64Array,
  { tolerance, iterations, onIteration }: DescentLimits,
): Descent {
  const state = new BoundedRows(rows, columns, centroids.slice());
  let inertia = state.assignAll();
  // Sums that were added up anew, not changed row by row, give means without rounding of the way.
  let exact = true;
  for (let iteration = 0; iteration < iterations; iteration += 1) {
    onIteration?.();
    const moved = state.moveCentroids();
    if (moved > 0) exact = state.reassign() === 0 && exact;
    else if (exact) return state.result(inertia);
    else {
      inertia = state.assignAll();
      exact = true;
    }
    if (moved > 0 && moved <= tolerance) break;
  }
  return state.result(state.assignAll());
}

/** Rows with what is known of their distances, so that most need no look. */
class BoundedRows {
  private readonly labels: Int32Array;
  /**
   * By how much each row is nearer to its centroid than to any other, at least, when it was last looked at, plus what
   * `slide` of its cluster was then: the row stays as long as the slide is less than this.
   */
  private readonly hold: Float64Array;
  /** By how much centroids can have closed in on the rows of each cluster since the beginning. */
  private readonly slide: Float64Array;
  private readonly sums: Float64Array;
  private readonly sizes: Int32Array;
  /** How far each centroid went in the last move. */
  private readonly moves: Float64Array;
  private readonly clusters: number;

  constructor(
    private readonly rows: Float64Array,
    private readonly columns: number,
    private readonly centroids: Float64Array,
  ) {
    const count = rows.length / columns;
    this.clusters = centroids.length / columns;
    this.labels = new Int32Array(count);
    this.hold = new Float64Array(count);
    this.slide = new Float64Array(this.clusters);
    this.sums = new Float64Array(centroids.length);
    this.sizes = new Int32Array(this.clusters);
    this.moves = new Float64Array(this.clusters);
  }

  /** Gives every row its nearest centroid by looking at all of them; returns the inertia. */
  assignAll(): number {
    const { labels } = this;
    this.sums.fill(0);
    this.sizes.fill(0);
    let inertia = 0;
    for (let row = 0; row < labels.length; row += 1) {
      inertia += this.look(row);
      this.count(row, labels[row] ?? 0, 1);
    }
    return inertia;
  }

  /** Makes each centroid the mean of its rows; returns the sum of squared moves. */
  moveCentroids(): number {
    const { centroids, columns, moves, sizes, sums } = this;
    let total = 0;
    let homeless = -1;
    for (let c = 0; c < this.clusters; c += 1) {
      const size = sizes[c] ?? 0;
      let squared = 0;
      for (let at = c * columns; size > 0 && at < (c + 1) * columns; at += 1) {
        const mean = (sums[at] ?? 0) / size;
        squared += (mean - (centroids[at] ?? 0)) ** 2;
        centroids[at] = mean;
      }
      if (size === 0 && homeless < 0) homeless = c;
      moves[c] = Math.sqrt(squared);
      total += squared;
    }
    return homeless < 0 ? total : total + this.rehome(homeless);
  }

  /** Moves a centroid without rows to the row that is furthest from its own (one per move; the next follows). */
  private rehome(cluster: number): number {
    const { rows, columns, centroids, labels } = this;
    let furthest = 0;
    let most = -1;
    for (let row = 0; row < labels.length; row += 1) {
      const apart = squaredDistance(rows, row * columns, centroids, (labels[row] ?? 0) * columns, columns);
      if (apart > most) {
        most = apart;
        furthest = row;
      }
    }
    const squared = squaredDistance(rows, furthest * columns, centroids, cluster * columns, columns);
    centroids.set(rows.subarray(furthest * columns, (furthest + 1) * columns), cluster * columns);
    this.moves[cluster] = Math.sqrt(squared);
    return squared;
  }

  /** Gives rows their nearest centroid after a move, looking only where the bounds leave a doubt; how many changed. */
  reassign(): number {
    const { labels, hold, slide } = this;
    this.addMoves();
    let changed = 0;
    for (let row = 0; row < labels.length; row += 1) {
      const label = labels[row] ?? 0;
      if ((hold[row] ?? 0) > (slide[label] ?? 0)) continue;
      this.look(row);
      const found = labels[row] ?? 0;
      if (found === label) continue;
      this.count(row, label, -1);
      this.count(row, found, 1);
      changed += 1;
    }
    return changed;
  }

  result(inertia: number): Descent {
    return { centroids: this.centroids, labels: this.labels, sizes: this.sizes, inertia };
  }

  /**
   * Finds the nearest centroid of a row; returns its squared distance. Its own centroid is looked at first: it mostly is
   * the nearest, so that the processor foresees how the comparisons with the others end.
   */
  private look(row: number): number {
    const { rows, columns, centroids } = this;
    const start = row * columns;
    const own = this.labels[row] ?? 0;
    let label = own;
    let nearest = squaredDistance(rows, start, centroids, own * columns, columns);
    let next = Number.POSITIVE_INFINITY;
    for (let c = 0; c < this.clusters; c += 1) {
      if (c === own) continue;
      const apart = squaredDistance(rows, start, centroids, c * columns, columns);
      if (apart < nearest || (apart === nearest && c < label)) {
        next = nearest;
        nearest = apart;
        label = c;
      } else if (apart < next) next = apart;
    }
    this.labels[row] = label;
    this.hold[row] = Math.sqrt(next) - Math.sqrt(nearest) + (this.slide[label] ?? 0);
    return nearest;
  }

  /** Adds a row to the sums of a cluster, or takes it away (`sign` -1). */
  private count(row: number, cluster: number, sign: number): void {
    const { rows, columns, sums } = this;
    this.sizes[cluster] = (this.sizes[cluster] ?? 0) + sign;
    for (let j = 0; j < columns; j += 1) {
      const at = cluster * columns + j;
      sums[at] = (sums[at] ?? 0) + sign * (rows[row * columns + j] ?? 0);
    }
  }

  /** After a move: a row's own centroid went away by its move at most, and another came near by the largest. */
  private addMoves(): void {
    const { moves, slide } = this;
    for (let own = 0; own < this.clusters; own += 1) {
      let largest = 0;
      for (let other = 0; other < this.clusters; other += 1) {
        if (other !== own) largest = Math.max(largest, moves[other] ?? 0);
      }
      slide[own] = (slide[own] ?? 0) + (moves[own] ?? 0) + largest;
    }
  }
}
