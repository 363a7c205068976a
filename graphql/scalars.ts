// The scalars of the API: exact decimals and instants.

import { type ASTNode, GraphQLError, Kind } from 'graphql';
import { builder } from './builder.js';

const significantDigitsMax = 15;
const decimalLengthMax = 100;

function decimalFault(text: string, why: string): GraphQLError {
  return new GraphQLError(`“${text.slice(0, 60)}” is not a decimal: ${why}.`, {
    extensions: { code: 'BAD_INPUT' },
  });
}

/** The plain notation of a decimal number; fails when it is none or has more significant digits than that. */
export function canonicalDecimal(text: string, digitsMax = significantDigitsMax): string {
  // Zeros at the end are looked for from every zero on, which takes minutes over a million of them.
  if (text.length > decimalLengthMax)
    throw decimalFault(text, `it has more than ${decimalLengthMax} characters`);
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text);
  if (!match) throw decimalFault(text, 'write it like 1234.5, as a number or as a string');
  const [, sign = '', whole = '', fraction = '', exponentText = '0'] = match;
  const exponent = Number(exponentText) - fraction.length;
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  const power = exponent + digits.length - significant.length;
  if (significant.length > digitsMax) {
    throw decimalFault(text, `it has more than ${digitsMax} significant digits`);
  }
  if (power > 30 || power < -30) throw decimalFault(text, 'it is too large or too small');
  if (significant === '') return '0';
  if (power >= 0) return `${sign}${significant}${'0'.repeat(power)}`;
  const padded = significant.padStart(1 - power, '0');
  return `${sign}${padded.slice(0, power)}.${padded.slice(power)}`;
}

/** The number as JSON holds it: 15 significant digits, halves rounded away from zero, as the warehouse rounds. */
function wireDecimal(text: string): number {
  const plain = canonicalDecimal(text, decimalLengthMax);
  const [whole = '', fraction = ''] = plain.replace('-', '').split('.');
  const digits = (whole + fraction).replace(/^0+/, '');
  if (digits.length <= significantDigitsMax) return Number(plain);
  const dropped = digits.length - significantDigitsMax;
  const kept = BigInt(digits.slice(0, -dropped)) + (Number(digits.at(-dropped)) >= 5 ? 1n : 0n);
  return Number(`${plain.startsWith('-') ? '-' : ''}${kept}e${dropped - fraction.length}`);
}

function decimalInput(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'string') return canonicalDecimal(String(value));
  throw decimalFault(String(value), 'write it like 1234.5, as a number or as a string');
}

function decimalLiteral(node: ASTNode): string {
  if (node.kind === Kind.INT || node.kind === Kind.FLOAT || node.kind === Kind.STRING) {
    return canonicalDecimal(node.value);
  }
  throw decimalFault(node.kind, 'write it like 1234.5, as a number or as a string');
}

builder.scalarType('Decimal', {
  description:
    'An exact decimal number, such as an amount of money. It is sent as a JSON number of at most 15 significant digits, to which longer ones are rounded; as an argument it may also be written as a string.',
  serialize: (value) => wireDecimal(value.toString()),
  parseValue: decimalInput,
  parseLiteral: decimalLiteral,
});

const instant =
  /^(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)([Zz]|[+-]\d{2}:\d{2})?)?$/;

/** An instant in UTC with milliseconds; a time without a zone is UTC, a day without a time is its midnight. */
export function canonicalInstant(value: unknown): string {
  const match = typeof value === 'string' ? instant.exec(value) : null;
  const [, day, time = '00:00', zone = 'Z'] = match ?? [];
  const parsed = new Date(day === undefined ? Number.NaN : `${day}T${time}${zone.toUpperCase()}`);
  const year = parsed.getUTCFullYear();
  // A day such as 2023-02-30 would roll over into March.
  const rolled = day !== undefined && new Date(`${day}T00:00:00Z`).getUTCDate() !== Number(day.slice(8));
  if (Number.isNaN(parsed.getTime()) || rolled || year < 1 || year > 9999) {
    throw new GraphQLError(
      `“${String(value).slice(0, 60)}” is not a time: write it like 2011-12-09T12:50:00Z or 2011-12-09.`,
      { extensions: { code: 'BAD_INPUT' } },
    );
  }
  return parsed.toISOString();
}

builder.scalarType('DateTime', {
  description:
    'An instant, such as 2011-12-09T12:50:00.000Z (RFC 3339, UTC, with milliseconds). As an argument it may have another zone, or be a day such as 2011-12-09, which means its first moment in UTC.',
  serialize: (value) => value.toISOString(),
  parseValue: canonicalInstant,
  parseLiteral: (node) => canonicalInstant(node.kind === Kind.STRING ? node.value : node.kind),
});
