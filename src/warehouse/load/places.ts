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
  const counts = new Map<string, { count: number }>();
  // The rows of a group mostly follow each other.
  let lastGroup: string | undefined;
  let last = { count: 0 };
  return ({ group }) => {
    if (group !== lastGroup) {
      last = counts.get(group) ?? newGroup(counts, group);
      lastGroup = group;
    }
    last.count += 1;
    return last.count;
  };
}

function newGroup(counts: Map<string, { count: number }>, group: string): { count: number } {
  if (counts.size >= groupsMax) throw new TooManyGroups();
  const entry = { count: 0 };
  // A text cut from a piece of the file would keep the whole piece in memory.
  counts.set(Buffer.from(group).toString(), entry);
  return entry;
}
