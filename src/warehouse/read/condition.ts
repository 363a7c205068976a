// What a read asks of its rows: the operators of Prisma's `where`, as a tree that two dialects are written from.

/** A value whose text is bound at each execution, while the statement around it stays the same. */
export interface Slot {
  readonly slot: number;
}

/** A bound value: decimals, big integers and times travel as text. */
export type Scalar = string | number | boolean;

export type Comparison = 'equals' | 'not' | 'lt' | 'lte' | 'gt' | 'gte';
export type TextMatch = 'contains' | 'startsWith' | 'endsWith';

/**
 * A condition over the rows of one model. `compare` is exact; `match` ignores case and takes `%`, `_`
 * and `\` literally; `null` tests a column or a to-one relation; `is` looks through a to-one relation,
 * `some`, `none` and `every` through a to-many one.
 */
export type Condition =
  | { readonly op: 'and' | 'or'; readonly items: readonly Condition[] }
  | { readonly op: 'not'; readonly item: Condition }
  | {
      readonly op: 'compare';
      readonly field: string;
      readonly operator: Comparison;
      readonly value: Scalar | Slot;
    }
  | {
      readonly op: 'match';
      readonly field: string;
      readonly operator: TextMatch;
      readonly value: string | Slot;
    }
  | { readonly op: 'in' | 'notIn'; readonly field: string; readonly values: readonly Scalar[] | Slot }
  | { readonly op: 'null'; readonly field: string; readonly negated: boolean }
  | { readonly op: 'is'; readonly relation: string; readonly item: Condition }
  | { readonly op: 'some' | 'none' | 'every'; readonly relation: string; readonly item: Condition };

/** The condition that every row meets. */
export const everything: Condition = { op: 'and', items: [] };

/** The condition that no row meets. */
export const nothing: Condition = { op: 'or', items: [] };

function isConstant(condition: Condition, op: 'and' | 'or'): boolean {
  return condition.op === op && condition.items.length === 0;
}

/** Joins conditions; constants are folded away, so that they stand nowhere but alone. */
function join(op: 'and' | 'or', conditions: readonly Condition[]): Condition {
  const absorbing = op === 'and' ? 'or' : 'and';
  const items = conditions.filter((item) => !isConstant(item, op));
  const decisive = items.find((item) => isConstant(item, absorbing));
  const [only] = items;
  return decisive ?? (items.length === 1 && only ? only : { op, items });
}

/** All of the conditions together; without any, everything. */
export function allOf(conditions: readonly Condition[]): Condition {
  return join('and', conditions);
}

/** At least one of the conditions; without any, nothing. */
export function anyOf(conditions: readonly Condition[]): Condition {
  return join('or', conditions);
}

/** The opposite of a condition. A comparison with a missing value is neither met nor, negated, met. */
export function negationOf(item: Condition): Condition {
  if (isConstant(item, 'and')) return nothing;
  return isConstant(item, 'or') ? everything : { op: 'not', item };
}

/** True for a value that is bound at execution. */
export function isSlot(value: unknown): value is Slot {
  return typeof value === 'object' && value !== null && 'slot' in value;
}

/** Escapes text for LIKE, whose escape character is the backslash, so that it matches itself only. */
export function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}
