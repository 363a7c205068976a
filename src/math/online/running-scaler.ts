// Standardises features by the mean and deviation of what was seen of them so far.

import { FlywheelError } from '../../core/errors.js';

/** A value further from the mean than this many deviations is as far as this: early deviations are wild. */
const deviationsMax = 5;

/** How many numbers the memory of a scaler of so many columns has. */
export function runningScalerLength(scaledColumns: number): number {
  return 3 * scaledColumns;
}

/**
 * Standardisation with running moments (B. P. Welford, "Note on a Method for Calculating Corrected Sums of Squares and
 * Products", Technometrics 4(3), 1962); the deviation is that of the population seen. NaN is a missing value: it does
 * not count and becomes 0, which is the mean of a scaled column. A column that never varied becomes 0 too.
 *
 * `columns` are the indices that are scaled. `memory` of `runningScalerLength` numbers is all there is of the state
 * (count, mean and sum of squares of each column): zeros are a new scaler, and a copy goes on where the original stood.
 */
export class RunningScaler {
  private readonly scaled: Int32Array;

  constructor(
    columns: readonly number[],
    private readonly memory: Float64Array,
  ) {
    const length = runningScalerLength(columns.length);
    if (memory.length !== length) {
      throw new FlywheelError(
        'BAD_INPUT',
        `The memory of a scaler of ${columns.length} columns has ${length} numbers, not ${memory.length}.`,
      );
    }
    this.scaled = Int32Array.from(columns);
  }

  /** Writes x into `into`: columns that are scaled as z = (x - mean) / deviation, cut to ±5; others as they are. */
  scale(x: Float64Array, into: Float64Array): void {
    const { memory, scaled } = this;
    for (let j = 0; j < x.length; j += 1) {
      const value = x[j] ?? 0;
      into[j] = Number.isNaN(value) ? 0 : value;
    }
    for (let index = 0; index < scaled.length; index += 1) {
      const column = scaled[index] ?? 0;
      const value = x[column] ?? 0;
      const count = memory[3 * index] ?? 0;
      const squares = memory[3 * index + 2] ?? 0;
      const known = squares > 0 && !Number.isNaN(value);
      const z = known ? (value - (memory[3 * index + 1] ?? 0)) / Math.sqrt(squares / count) : 0;
      into[column] = Math.max(-deviationsMax, Math.min(deviationsMax, z));
    }
  }

  /** Takes x into the means and deviations. */
  learn(x: Float64Array): void {
    const { memory, scaled } = this;
    for (let index = 0; index < scaled.length; index += 1) {
      const value = x[scaled[index] ?? 0] ?? 0;
      if (Number.isNaN(value)) continue;
      const count = (memory[3 * index] ?? 0) + 1;
      const before = value - (memory[3 * index + 1] ?? 0);
      const mean = (memory[3 * index + 1] ?? 0) + before / count;
      memory[3 * index] = count;
      memory[3 * index + 1] = mean;
      memory[3 * index + 2] = (memory[3 * index + 2] ?? 0) + before * (value - mean);
    }
  }
}
