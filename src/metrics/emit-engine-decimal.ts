// Decimals in the SQL of engines: typed by their places, so that no engine rounds, cuts or overflows them unseen.

import { decimalType, digitsMax, type EngineSyntax } from './emit-engine-syntax.js';

/** A decimal in SQL, of the type `decimalType(scale)`. */
export interface EngineDecimal {
  readonly sql: string;
  readonly scale: number;
  /** The most digits that it can have before the point. */
  readonly whole: number;
}

/** No table has more rows than a number of so many digits counts. */
const rowsDigits = 15;

/** The most places of a decimal that a quotient is made of. */
export const placesMax = 12;

/** Places of a quotient. */
export const quotientScale = 6;

/** A count of rows or members. */
export function countDecimal(count: string): EngineDecimal {
  return { sql: `CAST(${count} AS ${decimalType(0)})`, scale: 0, whole: rowsDigits };
}

/** The least or the greatest of numbers. */
export function extremeDecimal(sql: string, number: { digits: number; scale: number }): EngineDecimal {
  const { digits, scale } = number;
  return { sql: `CAST(${sql} AS ${decimalType(scale)})`, scale, whole: Math.min(digits, digitsMax) - scale };
}

/** The sum of a column; `filter` is the clause of the rows that count. */
export function sumDecimal(
  syntax: EngineSyntax,
  ref: string,
  filter: string,
  number: { digits: number; scale: number },
): EngineDecimal {
  const { digits, scale } = number;
  const type = decimalType(scale);
  const sum = `CAST(SUM(CAST(${ref} AS ${type}))${filter} AS ${type})`;
  const [needed, held] = [digits - scale + rowsDigits, digitsMax - scale - 1];
  if (needed <= held) return { sql: sum, scale, whole: needed };
  if (syntax.overflowFails) return { sql: sum, scale, whole: held };
  // A sum that outgrows its type would begin anew, without a word.
  const most = `CAST(MAX(ABS(${ref}))${filter} AS DOUBLE) * COUNT(${ref})${filter}`;
  return {
    sql: refuseWhere(`${most} >= 1E${held}`, `COUNT(${ref})${filter}`, sum, type),
    scale,
    whole: held,
  };
}

/** The value, or a query that fails where the condition holds: a cast that cannot succeed, of a text that depends on the rows. */
function refuseWhere(condition: string, rowsText: string, value: string, type: string): string {
  const failing = `CAST(CONCAT('too large for ${digitsMax} digits: ', CAST(${rowsText} AS STRING)) AS ${type})`;
  return `CASE WHEN ${condition} THEN ${failing} ELSE ${value} END`;
}

/** A column that a step adds to those it is given. */
export interface StepColumn {
  readonly name: string;
  readonly sql: string;
}

export interface Quotient {
  readonly value: EngineDecimal;
  /** Columns to add one after the other, each step over the columns of the last. */
  readonly steps: readonly (readonly StepColumn[])[];
}

/** Its absolute value in units of the last of `scale` places, as an integer. */
function unitsOf(
  syntax: EngineSyntax,
  { sql, scale, whole }: EngineDecimal,
  places: number,
  wholeMax: number,
): string {
  let units = `ABS(${sql})`;
  // A product keeps six places; by a million at a time, more of them are never needed.
  for (let left = places; left > 0; left -= 6) units = `${units} * ${10 ** Math.min(left, 6)}`;
  const type = decimalType(0);
  const integer = `CAST(${units} AS ${type})`;
  if (whole <= wholeMax || syntax.overflowFails) return integer;
  const limit = `CAST('1${'0'.repeat(wholeMax)}' AS ${decimalType(scale)})`;
  return refuseWhere(`ABS(${sql}) >= ${limit}`, sql, integer, type);
}

/**
 * One decimal divided by another, rounded half away from zero to six places, exactly; null where the divisor is zero.
 * With n and d as integers of one unit, n = q·d + r, the value is q plus ⌊(2·10⁶·r + d) / 2d⌋ millionths, and every
 * division is of a multiple: a/b is written (a − a mod b)/b, so that nothing is left for an engine to round.
 */
export function quotientOf(
  syntax: EngineSyntax,
  name: string,
  numerator: EngineDecimal,
  denominator: EngineDecimal,
): Quotient {
  const places = Math.max(numerator.scale, denominator.scale);
  const [n, d, q, t] = ['n', 'd', 'q', 't'].map((letter) => `_${letter}${name}`);
  const integer = decimalType(0);
  const zero = `CAST(0 AS ${integer})`;
  const type = decimalType(quotientScale);
  const wholeDivision = (a: string, b: string) => `CAST((${a} - MOD(${a}, ${b})) / (${b}) AS ${integer})`;
  const steps = [
    [
      { name: `${n}`, sql: unitsOf(syntax, numerator, places, digitsMax - 6 - places) },
      {
        name: `${d}`,
        sql: `NULLIF(${unitsOf(syntax, denominator, places, digitsMax - 7 - places)}, ${zero})`,
      },
    ],
    [
      { name: `${q}`, sql: wholeDivision(`${n}`, `${d}`) },
      { name: `${t}`, sql: `CAST(MOD(${n}, ${d}) * 2000000 + ${d} AS ${integer})` },
    ],
    [
      {
        name: `_v${name}`,
        sql: `CAST(${q} + ${wholeDivision(`${t}`, `(2 * ${d})`)} * CAST(0.000001 AS DECIMAL(7, 6)) AS ${type})`,
      },
    ],
  ];
  const isNegative = `(${numerator.sql} < 0) <> (${denominator.sql} < 0)`;
  const sql = `CASE WHEN ${isNegative} THEN -_v${name} ELSE _v${name} END`;
  return { value: { sql, scale: quotientScale, whole: digitsMax - 6 }, steps };
}
