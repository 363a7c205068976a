// Arrays in PostgreSQL's binary form, which costs neither side an escape.

/** The ids that PostgreSQL gives the types of elements. */
const typeIds = { bytea: 17, text: 25, int4: 23 } as const;

const headBytes = 20;

function head(buffer: Buffer, typeId: number, hasNulls: boolean, length: number): void {
  buffer.writeInt32BE(1, 0); // Dimensions.
  buffer.writeInt32BE(hasNulls ? 1 : 0, 4);
  buffer.writeInt32BE(typeId, 8);
  buffer.writeInt32BE(length, 12);
  buffer.writeInt32BE(1, 16); // The lower bound.
}

/** A parameter for `::bytea[]` or, with bytes of UTF-8, for `::text[]`; not for no elements. */
export function bytesArray(type: 'bytea' | 'text', values: readonly (Buffer | null)[]): Buffer {
  const size = values.reduce((sum, value) => sum + 4 + (value?.length ?? 0), headBytes);
  const buffer = Buffer.allocUnsafe(size);
  head(buffer, typeIds[type], values.includes(null), values.length);
  let at = headBytes;
  for (const value of values) {
    at = buffer.writeInt32BE(value === null ? -1 : value.length, at);
    if (value !== null) at += value.copy(buffer, at);
  }
  return buffer;
}

/** A parameter for `::int4[]`; not for no elements. */
export function int4Array(values: readonly number[]): Buffer {
  const buffer = Buffer.allocUnsafe(headBytes + 8 * values.length);
  head(buffer, typeIds.int4, false, values.length);
  let at = headBytes;
  for (const value of values) {
    at = buffer.writeInt32BE(4, at);
    at = buffer.writeInt32BE(value, at);
  }
  return buffer;
}
