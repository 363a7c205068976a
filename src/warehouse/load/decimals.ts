// Decimal numbers as text, never as floats: read, checked against what a column holds, multiplied and divided.

/** What a column `numeric(precision, scale)` holds. */
export interface DecimalSize {
  readonly precision: number;
  readonly scale: number;
}

export interface NumberStyle {
  readonly decimal: '.' | ',';
  readonly thousands: string;
}

/** The most significant digits that a value may have; more are never rounded away, the row is rejected. */
const significantDigitsMax = 15;

/** The number in the form of SQL, or the reason why it cannot be kept. */
type Read = string | { readonly reason: string };

const plainNumber = /^([+-]?)(\d*)(?:\.(\d*))?$/;

/**
 * Reads a number as people write it into the form of SQL (`-1234.5`), without changing its value: one that does not
 * fit the column exactly is refused with the reason.
 */
export function readDecimal(text: string, size: DecimalSize, style: NumberStyle): Read {
  let plain = text;
  if (style.thousands !== '') {
    const grouped = stripThousands(plain, style);
    if (grouped === undefined)
      return { reason: `has its "${style.thousands}" not between groups of three digits` };
    plain = grouped;
  }
  if (style.decimal === ',') plain = plain.includes('.') ? 'x' : plain.replace(',', '.');
  const match = plainNumber.exec(plain);
  const whole = (match?.[2] ?? '').replace(/^0+/, '');
  const fraction = (match?.[3] ?? '').replace(/0+$/, '');
  if (!match || (match[2] ?? '') + (match[3] ?? '') === '') return { reason: notANumber(text, style) };
  if (whole.length + fraction.length > significantDigitsMax) {
    return { reason: `has more than ${significantDigitsMax} significant digits` };
  }
  if (fraction.length > size.scale) {
    return { reason: `has ${fraction.length} decimal places, and only ${size.scale} can be kept` };
  }
  if (whole.length > size.precision - size.scale) return { reason: tooLarge(size) };
  const sign = match[1] === '-' && whole + fraction !== '' ? '-' : '';
  return `${sign}${whole || '0'}${fraction && `.${fraction}`}`;
}

function stripThousands(text: string, style: NumberStyle): string | undefined {
  if (!text.includes(style.thousands)) return text;
  const at = text.indexOf(style.decimal);
  const whole = at < 0 ? text : text.slice(0, at);
  const groups = whole.replace(/^[+-]/, '').split(style.thousands);
  const right = groups.every((group, index) => (index === 0 ? /^\d{1,3}$/ : /^\d{3}$/).test(group));
  return right ? whole.replaceAll(style.thousands, '') + (at < 0 ? '' : text.slice(at)) : undefined;
}

function notANumber(text: string, style: NumberStyle): string {
  if (/^[+-]?[\d.,]+e[+-]?\d+$/i.test(text)) return 'is in scientific notation; write the number out';
  const other = style.decimal === '.' ? ',' : '.';
  return /^[+-]?[\d.,\s'_]+$/.test(text)
    ? `is not a number with "${style.decimal}" before its decimals; set "decimal": "${other}" or "thousands" if the file is written so`
    : 'is not a number';
}

function tooLarge(size: DecimalSize): string {
  return `is too large: at most ${size.precision - size.scale} digits fit before the decimal point`;
}

/** A decimal as an integer and the number of its decimal places. */
interface Scaled {
  readonly digits: bigint;
  readonly scale: number;
}

function scaled(text: string): Scaled {
  const point = text.indexOf('.');
  if (point < 0) return { digits: BigInt(text), scale: 0 };
  return { digits: BigInt(text.slice(0, point) + text.slice(point + 1)), scale: text.length - point - 1 };
}

/** Integer division, rounded to the nearest, halves away from zero (as PostgreSQL rounds numerics). */
function divideRounded(dividend: bigint, divisor: bigint): bigint {
  const negative = dividend < 0n !== divisor < 0n;
  const top = dividend < 0n ? -dividend : dividend;
  const bottom = divisor < 0n ? -divisor : divisor;
  const quotient = (2n * top + bottom) / (2n * bottom);
  return negative ? -quotient : quotient;
}

function written(digits: bigint, size: DecimalSize): Read {
  const negative = digits < 0n;
  const text = (negative ? -digits : digits).toString().padStart(size.scale + 1, '0');
  if (text.length > size.precision) return { reason: tooLarge(size) };
  const whole = text.slice(0, text.length - size.scale);
  const fraction = text.slice(text.length - size.scale);
  return `${negative ? '-' : ''}${whole}${fraction && `.${fraction}`}`;
}

/** The product of two decimals (texts of `readDecimal`), rounded to the scale of the column. */
export function multiplyDecimals(left: string, right: string, size: DecimalSize): Read {
  const quick = multiplySmall(left, right, size);
  if (quick !== undefined) return quick;
  const [a, b] = [scaled(left), scaled(right)];
  const digits = a.digits * b.digits;
  const extra = a.scale + b.scale - size.scale;
  return written(
    extra > 0 ? divideRounded(digits, 10n ** BigInt(extra)) : digits * 10n ** BigInt(-extra),
    size,
  );
}

/** The common case without BigInt: both factors and their product are safe integers once the point is taken out. */
function multiplySmall(left: string, right: string, size: DecimalSize): string | undefined {
  const leftPoint = left.indexOf('.');
  const rightPoint = right.indexOf('.');
  const scale =
    (leftPoint < 0 ? 0 : left.length - leftPoint - 1) + (rightPoint < 0 ? 0 : right.length - rightPoint - 1);
  if (scale > size.scale) return undefined;
  const a = Number(leftPoint < 0 ? left : left.slice(0, leftPoint) + left.slice(leftPoint + 1));
  const b = Number(rightPoint < 0 ? right : right.slice(0, rightPoint) + right.slice(rightPoint + 1));
  const product = a * b;
  if (!Number.isSafeInteger(product)) return undefined;
  const digits = String(Math.abs(product)).padStart(scale + 1, '0');
  if (digits.length - scale > size.precision - size.scale) return undefined;
  const fraction = scale === 0 ? '' : `.${digits.slice(digits.length - scale)}`;
  return `${product < 0 ? '-' : ''}${digits.slice(0, digits.length - scale)}${fraction}`;
}

/** The quotient of two decimals, rounded to the scale of the column; division by zero is refused. */
export function divideDecimals(left: string, right: string, size: DecimalSize): Read {
  const [a, b] = [scaled(left), scaled(right)];
  if (b.digits === 0n) return { reason: 'would be divided by zero' };
  const power = size.scale - a.scale + b.scale;
  const digits =
    power >= 0
      ? divideRounded(a.digits * 10n ** BigInt(power), b.digits)
      : divideRounded(a.digits, b.digits * 10n ** BigInt(-power));
  return written(digits, size);
}
