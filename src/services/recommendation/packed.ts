// Plain data with typed arrays in it, as bytes: a JSON head, then the arrays as they lie in memory.

import { FlywheelError } from '../../core/errors.js';

/** Arrays begin at multiples of this, so that they can be read where they lie. */
const alignment = 8;
/** Holds the length of the head, then the head. */
const headAt = 8;
const mark = '$array';

const kinds = { Int32Array, Uint8Array, Float32Array, Float64Array } as const;
type Kind = keyof typeof kinds;
type TypedArray = InstanceType<(typeof kinds)[Kind]>;

function kindOf(value: unknown): Kind | undefined {
  for (const kind of ['Int32Array', 'Uint8Array', 'Float32Array', 'Float64Array'] as const)
    if (value instanceof kinds[kind]) return kind;
  return undefined;
}

function isTyped(value: unknown): value is TypedArray {
  return kindOf(value) !== undefined;
}

function aligned(length: number): number {
  return Math.ceil(length / alignment) * alignment;
}

/** The same data gives the same bytes. Properties that are undefined are left out, as in JSON. */
export function pack(data: unknown): Buffer {
  const arrays: { readonly at: number; readonly bytes: Buffer }[] = [];
  let end = 0;
  const head = JSON.stringify(data, (_, value: unknown) => {
    if (!isTyped(value)) return value;
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    const at = end;
    arrays.push({ at, bytes });
    end += aligned(bytes.length);
    return { [mark]: kindOf(value), at, length: value.length };
  });
  const begin = aligned(headAt + Buffer.byteLength(head));
  const packed = Buffer.alloc(begin + end);
  packed.writeUInt32LE(Buffer.byteLength(head), 0);
  packed.write(head, headAt);
  for (const { at, bytes } of arrays) bytes.copy(packed, begin + at);
  return packed;
}

function isMark(
  value: unknown,
): value is { readonly [mark]: Kind; readonly at: number; readonly length: number } {
  return typeof value === 'object' && value !== null && mark in value;
}

/** What `pack` was given. The arrays share one copy of the bytes. Fails with CONFLICT for bytes of another form. */
export function unpack(bytes: Uint8Array): unknown {
  // A copy, because bytes of a pool begin anywhere and arrays must not.
  const own = Uint8Array.from(bytes);
  const view = Buffer.from(own.buffer);
  const headLength = view.length < headAt ? 0 : view.readUInt32LE(0);
  if (headLength === 0 || headAt + headLength > view.length) throw unknownForm();
  const begin = aligned(headAt + headLength);
  try {
    return JSON.parse(view.toString('utf8', headAt, headAt + headLength), (_, value: unknown) =>
      isMark(value) ? new kinds[value[mark]](own.buffer, begin + value.at, value.length) : value,
    );
  } catch (error) {
    throw unknownForm(error);
  }
}

function unknownForm(cause?: unknown): FlywheelError {
  return new FlywheelError('CONFLICT', 'The stored model has an unknown form; train a new one.', { cause });
}
