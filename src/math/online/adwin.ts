// Drift detection: a window over a stream that drops its old part when the mean has changed (ADWIN).

import { FlywheelError } from '../../core/errors.js';

export interface AdwinParameters {
  /** How sure a cut must be: the chance of a false alarm per comparison, above 0 and below 1. */
  readonly delta: number;
  /** The window is searched for a cut every so many values. */
  readonly clock: number;
  /** Buckets of one size that are kept before the two oldest become one of twice the size. */
  readonly maxBuckets: number;
  /** Both sides of a cut hold at least so many values. */
  readonly minWindowLength: number;
  /** No cut is looked for before the window is longer than this. */
  readonly gracePeriod: number;
}

export const adwinDefaults: AdwinParameters = {
  delta: 0.002,
  clock: 32,
  maxBuckets: 5,
  minWindowLength: 5,
  gracePeriod: 10,
};

/** Sizes of buckets: row r holds buckets of 2^r values, so that 40 rows hold more values than a stream can have. */
const rowCount = 40;

// Where the numbers of a window stand in its memory.
const widthAt = 0;
const totalAt = 1;
const squaresAt = 2;
const ticksAt = 3;
const rowsAt = 4;
const changedAt = 5;
/** How many buckets each row has. */
const countsAt = 6;
/** The slot of each row's oldest bucket; the next ones follow it round the slots of the row. */
const oldestAt = countsAt + rowCount;
/** The sum of each bucket's values, and after those the sums of squares about their mean. */
const totalsAt = oldestAt + rowCount;

/** Room for rounding where a cut is passed over early. */
const surelyBelow = 1 - 1e-9;

/** How many numbers a window's memory has. */
export function adwinLength({ maxBuckets }: AdwinParameters): number {
  return totalsAt + 2 * rowCount * (maxBuckets + 1);
}

/**
 * ADWIN2 (A. Bifet, R. Gavaldà, "Learning from Time-Changing Data with Adaptive Windowing", SIAM SDM 2007), with the
 * bound of the normal approximation. The window is an exponential histogram: O(log width) memory and, every `clock`
 * values, O(log width) time. For each way to cut it into an older part of n0 and a younger of n1 values, a change is
 * seen where
 *   |mean0 - mean1| > sqrt(2 v d / m) + 2 d / (3 m),   d = ln(2 ln(width) / delta),
 *   1 / m = 1 / (n0 - minWindowLength + 1) + 1 / (n1 - minWindowLength + 1),   v = variance of the window;
 * then the oldest buckets go until no cut shows one. As in River, the value after a change begins a new window.
 *
 * The bound holds for values in [0, 1]. `memory` of `adwinLength` numbers is all there is of the state: zeros are an
 * empty window, and a copy of it goes on exactly where the original stood.
 */
export class Adwin {
  private readonly slots: number;
  private readonly bucketSquaresAt: number;

  constructor(
    private readonly parameters: AdwinParameters = adwinDefaults,
    private readonly memory: Float64Array = new Float64Array(adwinLength(parameters)),
  ) {
    const { delta, clock, maxBuckets, minWindowLength } = parameters;
    if (!(delta > 0 && delta < 1) || !(clock >= 1) || !(maxBuckets >= 1) || !(minWindowLength >= 1)) {
      throw new FlywheelError(
        'BAD_INPUT',
        'ADWIN needs delta between 0 and 1, and clock, maxBuckets and minWindowLength of at least 1.',
      );
    }
    if (memory.length !== adwinLength(parameters)) {
      throw new FlywheelError(
        'BAD_INPUT',
        `The memory of ADWIN has ${memory.length} numbers where its parameters ask for ${adwinLength(parameters)}.`,
      );
    }
    this.slots = maxBuckets + 1;
    this.bucketSquaresAt = totalsAt + rowCount * this.slots;
  }

  /** Takes the next value; true when the mean of the stream was seen to have changed. */
  update(value: number): boolean {
    const { memory } = this;
    const { clock, gracePeriod } = this.parameters;
    if (this.at(changedAt) === 1) memory.fill(0);
    this.insert(value);
    memory[ticksAt] = this.at(ticksAt) + 1;
    if (this.at(ticksAt) % clock !== 0 || this.at(widthAt) <= gracePeriod) return false;
    let changed = false;
    while (this.cutFound()) {
      changed = true;
      this.deleteOldestBucket();
    }
    memory[changedAt] = changed ? 1 : 0;
    return changed;
  }

  /** How many values the window holds. */
  width(): number {
    return this.at(widthAt);
  }

  /** The mean of the window; 0 while it is empty. */
  mean(): number {
    return this.at(widthAt) === 0 ? 0 : this.at(totalAt) / this.at(widthAt);
  }

  private at(index: number): number {
    return this.memory[index] ?? 0;
  }

  /** The place of a row's bucket among all, counted from its oldest. */
  private placeOf(row: number, bucket: number): number {
    const slot = this.at(oldestAt + row) + bucket;
    return row * this.slots + (slot < this.slots ? slot : slot - this.slots);
  }

  /** Forgets the `count` oldest buckets of a row. */
  private dropOldest(row: number, count: number): void {
    const slot = this.at(oldestAt + row) + count;
    this.memory[oldestAt + row] = slot < this.slots ? slot : slot - this.slots;
    this.memory[countsAt + row] = this.at(countsAt + row) - count;
  }

  private push(row: number, total: number, squares: number): void {
    const { memory } = this;
    const count = this.at(countsAt + row);
    const place = this.placeOf(row, count);
    memory[totalsAt + place] = total;
    memory[this.bucketSquaresAt + place] = squares;
    memory[countsAt + row] = count + 1;
    if (row >= this.at(rowsAt)) memory[rowsAt] = row + 1;
  }

  /** Where a row is too full, its two oldest buckets become one of the next row, and so on upwards. */
  private compress(): void {
    const { bucketSquaresAt } = this;
    const { maxBuckets } = this.parameters;
    for (let row = 0, size = 1; this.at(countsAt + row) > maxBuckets; row += 1, size *= 2) {
      const place0 = this.placeOf(row, 0);
      const place1 = this.placeOf(row, 1);
      const total0 = this.at(totalsAt + place0);
      const total1 = this.at(totalsAt + place1);
      const apart = (total0 - total1) / size;
      const between = (size * apart * apart) / 2;
      const within = this.at(bucketSquaresAt + place0) + this.at(bucketSquaresAt + place1);
      this.push(row + 1, total0 + total1, within + between);
      this.dropOldest(row, 2);
    }
  }

  private insert(value: number): void {
    const { memory } = this;
    const before = this.at(widthAt);
    const width = before + 1;
    memory[widthAt] = width;
    this.push(0, value, 0);
    if (before > 0) {
      const apart = value - this.at(totalAt) / before;
      memory[squaresAt] = this.at(squaresAt) + (before * apart * apart) / width;
    }
    memory[totalAt] = this.at(totalAt) + value;
    this.compress();
  }

  private deleteOldestBucket(): void {
    const { memory } = this;
    const row = this.at(rowsAt) - 1;
    const size = 2 ** row;
    const place = this.placeOf(row, 0);
    const total = this.at(totalsAt + place);
    const width = this.at(widthAt) - size;
    memory[widthAt] = width;
    memory[totalAt] = this.at(totalAt) - total;
    const apart = total / size - this.at(totalAt) / width;
    const between = (size * width * apart * apart) / (size + width);
    memory[squaresAt] = this.at(squaresAt) - (this.at(this.bucketSquaresAt + place) + between);
    this.dropOldest(row, 1);
    while (this.at(rowsAt) > 1 && this.at(countsAt + this.at(rowsAt) - 1) === 0) {
      memory[rowsAt] = this.at(rowsAt) - 1;
    }
  }

  private cutFound(): boolean {
    const { delta, minWindowLength } = this.parameters;
    const width = this.at(widthAt);
    const sureness = Math.log((2 * Math.log(width)) / delta);
    const spread = (2 * this.at(squaresAt) * sureness) / width;
    let n0 = 0;
    let n1 = width;
    let total0 = 0;
    let total1 = this.at(totalAt);
    const oldestRow = this.at(rowsAt) - 1;
    for (let row = oldestRow, size = 2 ** oldestRow; row >= 0; row -= 1, size /= 2) {
      const count = this.at(countsAt + row);
      for (let bucket = 0; bucket < count; bucket += 1) {
        const total = this.at(totalsAt + this.placeOf(row, bucket));
        n0 += size;
        n1 -= size;
        total0 += total;
        total1 -= total;
        if (n1 < minWindowLength) return false;
        if (n0 < minWindowLength) continue;
        const a = n0 - minWindowLength + 1;
        const b = n1 - minWindowLength + 1;
        // The square of the bound's first term, without a division: most cuts are far below it.
        const product = n0 * n1;
        const crossed = total0 * n1 - total1 * n0;
        if (crossed * crossed * a * b < spread * (a + b) * product * product * surelyBelow) continue;
        const reciprocal = 1 / a + 1 / b;
        const bound = Math.sqrt(spread * reciprocal) + (2 / 3) * sureness * reciprocal;
        if (Math.abs(total0 / n0 - total1 / n1) > bound) return true;
      }
    }
    return false;
  }
}
