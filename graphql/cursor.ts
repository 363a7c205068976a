// Cursors: where a row stands in an ordering, as opaque text that outlives the row.

import { FlywheelError } from '../src/core/errors.js';
import type { Column } from '../src/warehouse/catalogue.js';
import { allOf, anyOf, type Condition, type Scalar } from '../src/warehouse/read/condition.js';
import { orderSignature } from '../src/warehouse/read/page.js';
import type { OrderTerm } from '../src/warehouse/read/tree.js';
import { columnAt, nullableAt } from './model.js';
import { absent, along, present } from './path.js';
import { canonicalDecimal, canonicalInstant } from './scalars.js';

type CursorValue = string | null;

/** Cursors hold every digit of a value, whatever an answer shows of it. */
const digitsMax = 40;

/** Text of a value as a cursor and a global id hold it. */
export function cursorText(column: Column, value: unknown): CursorValue {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  if (column.type === 'Decimal') return canonicalDecimal(String(value), digitsMax);
  return String(value);
}

/** The cursor of a row whose ordering values are these. */
export function encodeCursor(order: readonly OrderTerm[], values: readonly CursorValue[]): string {
  return Buffer.from(JSON.stringify([orderSignature(order), ...values])).toString('base64url');
}

function misfit(argument: string): FlywheelError {
  return new FlywheelError(
    'BAD_INPUT',
    `The cursor in \`${argument}\` does not belong to this list in this order; pass a cursor that the same list gave, with the same \`orderBy\`.`,
  );
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

function checked(column: Column, text: string): Scalar {
  if (column.type === 'Int' || column.type === 'BigInt') {
    if (!/^-?\d{1,19}$/.test(text)) throw new Error('not a whole number');
    return column.type === 'Int' ? Number(text) : text;
  }
  if (column.type === 'Decimal') return canonicalDecimal(text, digitsMax);
  if (column.type === 'DateTime') return canonicalInstant(text);
  if (column.type === 'Boolean') return text === 'true';
  if (text.includes('\u0000')) throw new Error('no text of the warehouse');
  return text;
}

/** The values that a cursor holds, checked against the ordering; fails with BAD_INPUT. */
function decodeCursor(
  model: string,
  order: readonly OrderTerm[],
  cursor: string,
  argument: string,
): (Scalar | null)[] {
  const parsed = parse(cursor);
  if (!Array.isArray(parsed) || parsed.length !== order.length + 1 || parsed[0] !== orderSignature(order)) {
    throw misfit(argument);
  }
  return order.map((term, place) => {
    const value: unknown = parsed[place + 1];
    if (value === null && nullableAt(model, term.path)) return null;
    if (typeof value !== 'string') throw misfit(argument);
    try {
      return checked(columnAt(model, term.path), value);
    } catch {
      throw misfit(argument);
    }
  });
}

function equal(model: string, path: readonly string[], value: Scalar | null): Condition {
  if (value === null) return absent(model, path);
  return along(path, (field) => ({ op: 'compare', field, operator: 'equals', value }));
}

/** What lies beyond a value in one term. Nulls are the largest values, as PostgreSQL orders them. */
function beyond(
  model: string,
  path: readonly string[],
  value: Scalar | null,
  upwards: boolean,
): Condition | null {
  if (value === null) return upwards ? null : present(model, path);
  const operator = upwards ? 'gt' : 'lt';
  const strictly = along(path, (field) => ({ op: 'compare', field, operator, value }));
  if (!upwards || !nullableAt(model, path)) return strictly;
  return anyOf([strictly, absent(model, path)]);
}

/**
 * The rows after (or before) the place that a cursor names: later in the first term, or equal there and later
 * in the second, and so on. The bound on the first term stands alone too, so that an index can begin there.
 */
export function seekCondition(
  model: string,
  order: readonly OrderTerm[],
  cursor: string,
  argument: 'after' | 'before',
): Condition {
  const values = decodeCursor(model, order, cursor, argument);
  const options: Condition[] = [];
  const equals: Condition[] = [];
  order.forEach((term, place) => {
    const value = values[place] ?? null;
    const upwards = (term.direction === 'asc') === (argument === 'after');
    const step = beyond(model, term.path, value, upwards);
    if (step) options.push(allOf([...equals, step]));
    equals.push(equal(model, term.path, value));
  });
  const exact = anyOf(options);
  const [first] = order;
  const bound = values[0];
  if (!first || order.length === 1 || bound === null || bound === undefined) return exact;
  if (nullableAt(model, first.path)) return exact;
  const upwards = (first.direction === 'asc') === (argument === 'after');
  const operator = upwards ? 'gte' : 'lte';
  const range = along(first.path, (field) => ({ op: 'compare', field, operator, value: bound }));
  return allOf([range, exact]);
}
