// Numbers as text that gives back the same bits, also of -0 and of what JSON has no word for.

import { FlywheelError } from '../../core/errors.js';

/** Base64 of the numbers, each in its eight bytes (IEEE 754, lowest byte first). */
export function writeFloat64(values: Float64Array): string {
  const bytes = Buffer.alloc(values.length * 8);
  for (let index = 0; index < values.length; index += 1) bytes.writeDoubleLE(values[index] ?? 0, index * 8);
  return bytes.toString('base64');
}

/** The numbers that `writeFloat64` wrote; text of any other form is BAD_INPUT. */
export function readFloat64(text: string): Float64Array {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length % 8 !== 0 || bytes.toString('base64') !== text) {
    throw new FlywheelError('BAD_INPUT', 'This is not the base64 of whole 64-bit numbers.');
  }
  return Float64Array.from({ length: bytes.length / 8 }, (_, index) => bytes.readDoubleLE(index * 8));
}
