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

export interface Adwin {
  /** Takes the next value; true when the mean of the stream was seen to have changed. */
  update(value: number): boolean;
  /** How many values the window holds. */
  width(): number;
  /** The mean of the window; 0 while it is empty. */
  mean(): number;
}

/** Sizes of buckets: row r holds buckets of 2^r values, so that 40 rows hold more values than a stream can have. */
const rowCount = 40;

// Where the numbers of a window stand in its memory.
const widthAt = 0;
const totalAt = 1;
const squaresAt = 2;
const ticksAt = 3;
const rowsAt = 4;
const changedAt = 5;
const countsAt = 6;

/** Room for rounding where a cut is passed over early. */
const surelyBelow = 1 - 1e-9;

/** How many numbers a window's memory has. */
export function adwinLength({ maxBuckets }: AdwinParameters): number {
  return countsAt + rowCount + 2 * rowCount * (maxBuckets + 1);
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
export function createAdwin(
  parameters: AdwinParameters = adwinDefaults,
  memory: Float64Array = new Float64Array(adwinLength(parameters)),
): Adwin {
  const { delta, clock, maxBuckets, minWindowLength, gracePeriod } = parameters;
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
  const slots = maxBuckets + 1;
  const totalsAt = countsAt + rowCount;
  const bucketSquaresAt = totalsAt + rowCount * slots;
  const at = (index: number): number => memory[index] ?? 0;

  /** Forgets the `count` oldest buckets of a row. */
  const dropOldest = (row: number, count: number): void => {
    const left = at(countsAt + row) - count;
    memory[countsAt + row] = left;
    // So few numbers are moved sooner one by one than by a call.
    for (let slot = 0; slot < left + count; slot += 1) {
      const from = row * slots + slot + count;
      memory[totalsAt + row * slots + slot] = slot < left ? at(totalsAt + from) : 0;
      memory[bucketSquaresAt + row * slots + slot] = slot < left ? at(bucketSquaresAt + from) : 0;
    }
  };

  const push = (row: number, total: number, squares: number): void => {
    const count = at(countsAt + row);
    memory[totalsAt + row * slots + count] = total;
    memory[bucketSquaresAt + row * slots + count] = squares;
    memory[countsAt + row] = count + 1;
    if (row >= at(rowsAt)) memory[rowsAt] = row + 1;
  };

  /** Where a row is too full, its two oldest buckets become one of the next row, and so on upwards. */
  const compress = (): void => {
    for (let row = 0, size = 1; at(countsAt + row) > maxBuckets; row += 1, size *= 2) {
      const total0 = at(totalsAt + row * slots);
      const total1 = at(totalsAt + row * slots + 1);
      const apart = total0 / size - total1 / size;
      const between = (size * size * apart * apart) / (size + size);
      const within = at(bucketSquaresAt + row * slots) + at(bucketSquaresAt + row * slots + 1);
      push(row + 1, total0 + total1, within + between);
      dropOldest(row, 2);
    }
  };

  const insert = (value: number): void => {
    const before = at(widthAt);
    const width = before + 1;
    memory[widthAt] = width;
    push(0, value, 0);
    if (before > 0) {
      const apart = value - at(totalAt) / before;
      memory[squaresAt] = at(squaresAt) + (before * apart * apart) / width;
    }
    memory[totalAt] = at(totalAt) + value;
    compress();
  };

  const deleteOldestBucket = (): void => {
    const row = at(rowsAt) - 1;
    const size = 2 ** row;
    const total = at(totalsAt + row * slots);
    const width = at(widthAt) - size;
    memory[widthAt] = width;
    memory[totalAt] = at(totalAt) - total;
    const apart = total / size - at(totalAt) / width;
    const between = (size * width * apart * apart) / (size + width);
    memory[squaresAt] = at(squaresAt) - (at(bucketSquaresAt + row * slots) + between);
    dropOldest(row, 1);
    while (at(rowsAt) > 1 && at(countsAt + at(rowsAt) - 1) === 0) memory[rowsAt] = at(rowsAt) - 1;
  };

  const cutFound = (): boolean => {
    const width = at(widthAt);
    const sureness = Math.log((2 * Math.log(width)) / delta);
    const spread = (2 * at(squaresAt) * sureness) / width;
    let n0 = 0;
    let n1 = width;
    let total0 = 0;
    let total1 = at(totalAt);
    const oldestRow = at(rowsAt) - 1;
    for (let row = oldestRow, size = 2 ** oldestRow; row >= 0; row -= 1, size /= 2) {
      const count = at(countsAt + row);
      for (let slot = 0; slot < count; slot += 1) {
        const total = at(totalsAt + row * slots + slot);
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
  };

  return {
    update(value) {
      if (at(changedAt) === 1) memory.fill(0);
      insert(value);
      memory[ticksAt] = at(ticksAt) + 1;
      if (at(ticksAt) % clock !== 0 || at(widthAt) <= gracePeriod) return false;
      let changed = false;
      while (cutFound()) {
        changed = true;
        deleteOldestBucket();
      }
      memory[changedAt] = changed ? 1 : 0;
      return changed;
    },
    width: () => at(widthAt),
    mean: () => (at(widthAt) === 0 ? 0 : at(totalAt) / at(widthAt)),
  };
}
