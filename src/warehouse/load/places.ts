// The place of a row in its group (a line in its invoice), counted while the file is read.

import type { LoadPlan } from './plan.js';
import type { Row } from './rows.js';

/** How many groups are counted in memory; a file with more is staged in the database, which counts there. */
const groupsMax = 300_000;
/** A file that is expected to have more rows is not begun in memory, as it would likely have to begin again. */
const countedRowsMax = 1_000_000;

/** Says that a file has more groups than are counted in memory. */
export class TooManyGroups extends Error {}

/** Whether the places of a file with about that many rows can be counted in memory. */
export function canCountPlaces(plan: LoadPlan, expectedRows: number): boolean {
  return plan.fact?.place === undefined || isAlone(plan) || expectedRows <= countedRowsMax;
}

/** Every row is a group of its own when its number in the file is part of what names the group. */
function isAlone({ fact, outputs }: LoadPlan): boolean {
  const members = outputs.filter((output) => fact?.group.includes(output.column.column));
  return members.some((output) => output.origin.kind === 'rowNumber');
}

/** A counter for the rows of each group; undefined when the plan leaves nothing to count. */
export function createPlaceCounter(plan: LoadPlan): ((row: Row) => number) | undefined {
  if (plan.fact?.place === undefined) return undefined;
  if (isAlone(plan)) return () => 1;
  const counts = new Map<string, number>();
  return (row) => {
    const count = counts.get(row.group);
    if (count !== undefined) {
      counts.set(row.group, count + 1);
      return count + 1;
    }
    if (counts.size >= groupsMax) throw new TooManyGroups();
    // A text cut from a piece of the file would keep the whole piece in memory.
    counts.set(Buffer.from(row.group).toString(), 1);
    return 1;
  };
}
