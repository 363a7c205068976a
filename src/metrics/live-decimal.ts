// Exact decimals as whole numbers of a fixed scale, so that sums neither round nor depend on their order.

/** Decimal places of the states in the database. */
const scale = 12;
const unit = 10n ** BigInt(scale);

/** A decimal in units of 10^-12. Digits beyond that are a bug of the caller's and throw, as does what is no decimal. */
export function scaledOf(decimal: string | number): bigint {
  const text = String(decimal);
  const point = text.indexOf('.');
  if (point < 0) return BigInt(text) * unit;
  const places = text.length - point - 1;
  if (places > scale) throw new RangeError(`${text} has more than ${scale} decimal places.`);
  return BigInt(text.slice(0, point) + text.slice(point + 1).padEnd(scale, '0'));
}

/** The same as PostgreSQL reads it. */
export function scaledText(value: bigint): string {
  return `${value}e-${scale}`;
}
