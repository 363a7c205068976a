// How a column's value is written in an answer and in a cursor, as SQL that yields finished text.

import { type RawBuilder, sql } from 'kysely';
import type { Column } from '../catalogue.js';

type TextSql = RawBuilder<string>;

function timeFormat(column: Column): string {
  return column.nativeType === 'Date' ? 'YYYY-MM-DD' : 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"';
}

function timeText(column: Column, ref: RawBuilder<unknown>): TextSql {
  const instant = column.nativeType === 'Date' ? ref : sql`${ref} at time zone 'UTC'`;
  return sql<string>`to_char(${instant}, ${sql.lit(timeFormat(column))})`;
}

/** True when the warehouse can write values of the column itself. */
export function hasWireForm(column: Column): boolean {
  return !['Float', 'Json', 'Bytes'].includes(column.type);
}

/** The value as plain text, as it stands in a cursor or inside quotes. */
export function plainText(column: Column, ref: RawBuilder<unknown>): TextSql {
  switch (column.type) {
    case 'Decimal':
      return sql<string>`trim_scale(${ref})::text`;
    case 'DateTime':
      return timeText(column, ref);
    default:
      return sql<string>`${ref}::text`;
  }
}

/** JSON numbers are read as floats, which hold so many digits exactly. */
const jsonDigits = 15;

/** A decimal with no more digits than JSON holds; only columns of more than that can need it. */
function jsonDecimal(column: Column, ref: RawBuilder<unknown>): RawBuilder<string> {
  const [precision = '0', scale = '0'] = column.nativeArgs ?? [];
  if (Number(precision) <= jsonDigits) return sql<string>`trim_scale(${ref})`;
  const shortBelow = sql.lit(10 ** Math.max(jsonDigits - Number(scale), 0));
  const rounded = sql`round(${ref}, ${sql.lit(jsonDigits)} - length(trunc(abs(${ref}))::text))`;
  return sql<string>`trim_scale(case when abs(${ref}) < ${shortBelow} then ${ref} else ${rounded} end)`;
}

function jsonOfValue(column: Column, ref: RawBuilder<unknown>): TextSql {
  switch (column.type) {
    case 'Decimal':
      return sql<string>`${jsonDecimal(column, ref)}::text`;
    case 'Int':
    case 'Boolean':
      return plainText(column, ref);
    case 'BigInt':
    case 'Enum':
    case 'DateTime':
      return concatenate(['"', plainText(column, ref), '"']);
    default:
      return sql<string>`to_json(${ref})::text`;
  }
}

/** The value in a type that PostgreSQL itself writes in our wire form when it makes JSON. */
export function jsonValue(column: Column, ref: RawBuilder<unknown>): RawBuilder<unknown> {
  if (column.type === 'Decimal') return jsonDecimal(column, ref);
  return column.type === 'DateTime' || column.type === 'BigInt' ? plainText(column, ref) : ref;
}

/** The value as JSON text, `null` included. */
export function jsonText(column: Column, ref: RawBuilder<unknown>): TextSql {
  const json = jsonOfValue(column, ref);
  return column.nullable ? sql<string>`coalesce(${json}, 'null')` : json;
}

type Part = string | RawBuilder<unknown>;

/** What a concatenation was made of, so that one inside another becomes part of it. */
const partsOf = new WeakMap<RawBuilder<unknown>, readonly Part[]>();

/** Joins text parts: literals that follow one another become one. */
export function concatenate(parts: readonly Part[]): TextSql {
  const merged: Part[] = [];
  for (const part of parts.flatMap((each) =>
    typeof each === 'string' ? each : (partsOf.get(each) ?? each),
  )) {
    if (part === '') continue;
    const last = merged.at(-1);
    if (typeof part === 'string' && typeof last === 'string') merged[merged.length - 1] = last + part;
    else merged.push(part);
  }
  const terms = merged.map((part) => (typeof part === 'string' ? sql`${sql.lit(part)}::text` : part));
  const text = sql<string>`(${sql.join(terms, sql` || `)})`;
  partsOf.set(text, merged);
  return text;
}

/** A JSON object from its keys and the JSON text of its values. */
export function jsonObject(
  members: readonly { readonly key: string; readonly json: string | RawBuilder<unknown> }[],
): TextSql {
  const parts = members.flatMap(({ key, json }, place) => [
    `${place === 0 ? '{' : ','}${JSON.stringify(key)}:`,
    json,
  ]);
  return concatenate(parts.length === 0 ? ['{}'] : [...parts, '}']);
}
