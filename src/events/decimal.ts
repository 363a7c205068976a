// Decimals of events: from JSON numbers and texts to the digits that a column holds.

import { exactDigits } from './json-text.js';

export interface DecimalSize {
  /** Digits before the point. */
  readonly whole: number;
  /** Digits after the point. */
  readonly scale: number;
}

/** A number of an event or a measurement, as its column holds it. */
export const valueSize: DecimalSize = Object.freeze({ whole: 18, scale: 12 });
export const quantitySize: DecimalSize = Object.freeze({ whole: 9, scale: 3 });
export const priceSize: DecimalSize = Object.freeze({ whole: 8, scale: 4 });

export type DecimalRead = string | { readonly reason: string };

const decimalForm = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/;
const notANumber = { reason: 'is not a number; send a decimal such as 19.99' };

/**
 * The value in SQL's form, without needless zeros. A JSON number is a binary fraction, so decimals of it that are
 * not kept are rounded, halves away from zero; a text means its digits, and is refused when they do not all fit.
 */
export function readDecimal(value: unknown, size: DecimalSize): DecimalRead {
  if (typeof value === 'number') {
    // The limit keeps what follows free of exponents, and within every size that there is.
    if (Number.isInteger(value) && value > -1e8 && value < 1e8) return value === 0 ? '0' : String(value);
    const text = String(value);
    if (
      value > -1e8 &&
      value < 1e8 &&
      text.length - text.indexOf('.') - 1 <= size.scale &&
      !text.includes('e')
    )
      return text;
    return Number.isFinite(value) ? fitted(text, size, true) : notANumber;
  }
  const digits = exactDigits(value);
  if (digits !== undefined) return fitted(digits, size, true);
  return typeof value === 'string' ? fitted(value.trim(), size, false) : notANumber;
}

function fitted(text: string, size: DecimalSize, mayRound: boolean): DecimalRead {
  const match = decimalForm.exec(text);
  const [, sign, whole = '', fraction = '', exponent = '0'] = match ?? [];
  if (whole + fraction === '') return notANumber;
  const [left, right] = shift(whole, fraction, Number(exponent));
  if (left.length > size.whole) return { reason: `has more than ${size.whole} digits before the point` };
  let digits = { whole: left, fraction: right };
  if (right.length > size.scale) {
    if (!mayRound)
      return { reason: `has ${right.length} decimal places, and only ${size.scale} can be kept` };
    digits = rounded(left, right, size.scale);
    if (digits.whole.length > size.whole)
      return { reason: `has more than ${size.whole} digits before the point` };
  }
  const isZero = digits.whole === '' && digits.fraction === '';
  return `${sign === '-' && !isZero ? '-' : ''}${digits.whole || '0'}${digits.fraction && `.${digits.fraction}`}`;
}

/** The digits before and after the point once the exponent is taken into account, without zeros at either end. */
function shift(whole: string, fraction: string, exponent: number): readonly [string, string] {
  const digits = whole + fraction;
  const point = whole.length + exponent;
  const first = digits.search(/[1-9]/);
  if (first < 0) return ['', ''];
  // An exponent beyond any size gives more digits than any column has, and need not be written out further.
  if (point - first > 100) return ['9'.repeat(100), ''];
  if (point < -100) return ['', `${'0'.repeat(100)}1`];
  const left = point <= 0 ? '' : digits.slice(0, point).padEnd(point, '0');
  const right = point <= 0 ? '0'.repeat(-point) + digits : digits.slice(point);
  return [left.replace(/^0+/, ''), right.replace(/0+$/, '')];
}

function rounded(whole: string, fraction: string, scale: number): { whole: string; fraction: string } {
  const kept = BigInt(`0${whole}${fraction.slice(0, scale)}`);
  const up = fraction.charCodeAt(scale) >= 0x35 ? 1n : 0n;
  const digits = (kept + up).toString().padStart(scale + 1, '0');
  return {
    whole: digits.slice(0, -scale).replace(/^0+/, ''),
    fraction: digits.slice(-scale).replace(/0+$/, ''),
  };
}
