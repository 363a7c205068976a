// Which batches run by themselves, and how often, as a JSON file says it.

import { z } from 'zod';
import { FlywheelError } from '../../core/errors.js';
import { aDuration } from '../../core/setting-forms.js';
import type { BatchRequest } from './batch-options.js';
import { readBatchRequest } from './run-batch.js';

export interface ScheduledBatch {
  readonly request: BatchRequest;
  readonly everyMs: number;
}

const entry = z.looseObject({ every: aDuration });

/**
 * Reads a schedule: a list of objects with `batch`, `engine`, `every` (such as 1d) and whatever else the batch can be
 * told. Throws BAD_INPUT with a sentence for each fault, which says where in the list it is.
 */
export function readSchedule(schedule: unknown): readonly ScheduledBatch[] {
  if (!Array.isArray(schedule)) {
    throw new FlywheelError(
      'BAD_INPUT',
      'it must hold a list, such as [{"batch": "customers", "engine": "postgres", "every": "1d"}].',
    );
  }
  const faults: string[] = [];
  const batches = schedule.flatMap((item: unknown, index): ScheduledBatch[] => {
    const where = `entry ${index + 1}: `;
    const read = entry.safeParse(item);
    if (!read.success) {
      faults.push(`${where}every must be a duration such as 12h or 7d.`);
      return [];
    }
    const { every, ...asked } = read.data;
    try {
      return [{ request: readBatchRequest(asked), everyMs: every }];
    } catch (error) {
      if (!(error instanceof FlywheelError)) throw error;
      faults.push(...error.message.split('\n').map((fault) => where + fault));
      return [];
    }
  });
  if (faults.length > 0) throw new FlywheelError('BAD_INPUT', faults.join('\n'), { details: { faults } });
  return batches;
}
