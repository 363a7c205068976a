// Conditions on the field that a path over to-one relations ends at.

import { type Condition, everything, negationOf, nothing } from '../src/warehouse/read/condition.js';
import { columnAt, nullableAt } from './model.js';

/** Looks through to-one relations: the condition is asked of the last field of the path. */
export function along(path: readonly string[], condition: (field: string) => Condition): Condition {
  const [head, ...rest] = path;
  if (head === undefined) throw new Error('A path is empty.');
  return rest.length === 0 ? condition(head) : { op: 'is', relation: head, item: along(rest, condition) };
}

/** Whether there is no value at the end of the path; a missing row on the way has none either. */
export function absent(model: string, path: readonly string[]): Condition {
  if (!nullableAt(model, path)) return nothing;
  if (path.length === 1) return along(path, (field) => ({ op: 'null', field, negated: false }));
  return negationOf(present(model, path));
}

/** Whether there is a value at the end of the path. */
export function present(model: string, path: readonly string[]): Condition {
  if (!nullableAt(model, path)) return everything;
  return along(path, (field) =>
    columnAt(model, path).nullable ? { op: 'null', field, negated: true } : everything,
  );
}
