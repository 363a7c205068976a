// Parts what varies in a read from what does not: the shape of its reads as a key, and the values to bind.

import { type Condition, isSlot, type Scalar, type Slot } from './condition.js';
import type { Read } from './tree.js';
import { likePattern } from './where.js';

/** A bound parameter: PostgreSQL infers its type from where it stands. */
export type BoundValue = Scalar | readonly Scalar[];

/**
 * Visits the values of a condition in a fixed order. `value` is given what is to be bound; what it returns
 * takes the value's place. `shape` is told everything else that decides the text of the statement.
 */
function visit(
  condition: Condition,
  value: (value: BoundValue) => Slot,
  shape: (part: string) => void,
): Condition {
  switch (condition.op) {
    case 'and':
    case 'or': {
      shape(`${condition.op}(`);
      const items = condition.items.map((item) => visit(item, value, shape));
      shape(')');
      return { op: condition.op, items };
    }
    case 'not': {
      shape('not ');
      return { op: 'not', item: visit(condition.item, value, shape) };
    }
    case 'null':
      shape(`${condition.field}${condition.negated ? '!' : ''}null,`);
      return condition;
    case 'compare': {
      shape(`${condition.field} ${condition.operator},`);
      return isSlot(condition.value) ? condition : { ...condition, value: value(condition.value) };
    }
    case 'match': {
      shape(`${condition.field} ${condition.operator},`);
      if (isSlot(condition.value)) return condition;
      return { ...condition, value: value(likePattern(condition.operator, condition.value)) };
    }
    case 'in':
    case 'notIn': {
      shape(`${condition.field} ${condition.op},`);
      return isSlot(condition.values) ? condition : { ...condition, values: value(condition.values) };
    }
    default: {
      shape(`${condition.op} ${condition.relation}(`);
      const item = visit(condition.item, value, shape);
      shape(')');
      return { ...condition, item };
    }
  }
}

export interface BoundReads {
  /** Equal keys mean equal statements. */
  readonly key: string;
  /** The reads with slots where values stood. */
  readonly reads: readonly Read[];
  /** The values, at the places that the slots name. */
  readonly values: readonly BoundValue[];
}

/** Separates the values of the reads from their shape. */
export function bindReads(reads: readonly Read[]): BoundReads {
  const values: BoundValue[] = [];
  let key = '';
  const toSlot = (value: BoundValue): Slot => ({ slot: values.push(value) - 1 });
  const toKey = (part: string): void => {
    key += part;
  };
  const slotted = reads.map((read) => {
    const condition = visit(read.condition, toSlot, toKey);
    toKey('|');
    const seek = read.seek && visit(read.seek, toSlot, toKey);
    key += `|${read.take}${read.backward ? 'b' : 'f'}${read.hasAfter ? 'a' : ''}${read.hasBefore ? 'z' : ''}`;
    for (const term of read.order) key += `,${term.path.join('.')} ${term.direction}`;
    key += ';';
    return { ...read, condition, seek };
  });
  return { key, reads: slotted, values };
}
