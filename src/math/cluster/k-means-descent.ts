// Moves centroids downhill until no row would rather belong to another one: Lloyd's iteration with Hamerly's bounds.

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
 * rows. Rows whose centroid cannot have changed are passed over by the bounds of G. Hamerly ("Making k-means Even
 * Faster", SDM 2010): the way is the same as Lloyd's, but most distances are never computed. A centroid that lost all
 * its rows moves to the row that is furthest from its own.
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
  state.assignAll();
  for (let iteration = 0; iteration < iterations; iteration += 1) {
    onIteration?.();
    const moved = state.moveCentroids();
    if (moved === 0) break;
    state.reassign();
    if (moved <= tolerance) break;
  }
  return state.settle();
}

/** Rows with what is known of their distances, so that most need no look. */
class BoundedRows {
  private readonly labels: Int32Array;
  /** At least the distance of each row to its centroid. */
  private readonly upper: Float64Array;
  /** At most the distance of each row to any other centroid. */
  private readonly lower: Float64Array;
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
    this.upper = new Float64Array(count);
    this.lower = new Float64Array(count);
    this.sums = new Float64Array(centroids.length);
    this.sizes = new Int32Array(this.clusters);
    this.moves = new Float64Array(this.clusters);
  }

  /** Gives every row its nearest centroid by looking at all of them; returns the inertia. */
  assignAll(): number {
    const { labels, upper } = this;
    this.sums.fill(0);
    this.sizes.fill(0);
    let inertia = 0;
    for (let row = 0; row < labels.length; row += 1) {
      inertia += this.look(row);
      upper[row] = Math.sqrt(upper[row] ?? 0);
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

  /** Gives rows their nearest centroid after a move, looking only where the bounds leave a doubt. */
  reassign(): void {
    const { rows, columns, centroids, labels, upper, lower, moves } = this;
    const halfGaps = this.halfGaps();
    const { furthest, most, second } = this.largestMoves();
    for (let row = 0; row < labels.length; row += 1) {
      const label = labels[row] ?? 0;
      const most0 = label === furthest ? second : most;
      const near = (lower[row] ?? 0) - most0;
      const far = (upper[row] ?? 0) + (moves[label] ?? 0);
      lower[row] = near;
      upper[row] = far;
      const bound = Math.max(near, halfGaps[label] ?? 0);
      if (far < bound) continue;
      const exact = Math.sqrt(squaredDistance(rows, row * columns, centroids, label * columns, columns));
      upper[row] = exact;
      if (exact < bound) continue;
      this.look(row);
      upper[row] = Math.sqrt(upper[row] ?? 0);
      if (labels[row] === label) continue;
      this.count(row, label, -1);
      this.count(row, labels[row] ?? 0, 1);
    }
  }

  /** Labels and inertia of the centroids as they are, free of what the bounds have rounded. */
  settle(): Descent {
    const inertia = this.assignAll();
    return { centroids: this.centroids, labels: this.labels, sizes: this.sizes, inertia };
  }

  /** Finds the nearest centroid of a row; leaves its squared distance in `upper`, and the next nearest's distance below. */
  private look(row: number): number {
    const { rows, columns, centroids } = this;
    let label = 0;
    let nearest = Number.POSITIVE_INFINITY;
    let next = Number.POSITIVE_INFINITY;
    for (let c = 0; c < this.clusters; c += 1) {
      const apart = squaredDistance(rows, row * columns, centroids, c * columns, columns);
      if (apart < nearest) {
        next = nearest;
        nearest = apart;
        label = c;
      } else if (apart < next) next = apart;
    }
    this.labels[row] = label;
    this.upper[row] = nearest;
    this.lower[row] = Math.sqrt(next);
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

  /** Half the distance from each centroid to its nearest neighbour: rows within it have no nearer centroid. */
  private halfGaps(): Float64Array {
    const { centroids, columns } = this;
    const gaps = new Float64Array(this.clusters).fill(Number.POSITIVE_INFINITY);
    for (let a = 0; a < this.clusters; a += 1) {
      for (let b = 0; b < a; b += 1) {
        const half = Math.sqrt(squaredDistance(centroids, a * columns, centroids, b * columns, columns)) / 2;
        gaps[a] = Math.min(gaps[a] ?? 0, half);
        gaps[b] = Math.min(gaps[b] ?? 0, half);
      }
    }
    return gaps;
  }

  private largestMoves(): { furthest: number; most: number; second: number } {
    let furthest = 0;
    let most = 0;
    let second = 0;
    for (let c = 0; c < this.clusters; c += 1) {
      const move = this.moves[c] ?? 0;
      if (move > most) {
        second = most;
        most = move;
        furthest = c;
      } else if (move > second) second = move;
    }
    return { furthest, most, second };
  }
}
