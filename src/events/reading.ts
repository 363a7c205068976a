// Reads single values of an event; the first that is wrong gives the reason why there is none.

import { type DecimalSize, readDecimal } from './decimal.js';
import { exactDigits, shown } from './json-text.js';
import type { EventTime, TimeReader } from './time.js';

/** Codes and ids stand in indexes, whose rows have a limit; no real one comes near it. */
const codeBytesMax = 1_000;
const typeBytesMax = 200;
const noTime: EventTime = { ms: 0, seconds: 0 };

/** One object serves all events of a decoder, one after another. */
export class Reading {
  /** Why the event at hand is refused, as far as it has been read. */
  reason: string | undefined;
  readonly #readTime: TimeReader;

  constructor(readTime: TimeReader) {
    this.#readTime = readTime;
  }

  fault(reason: string): void {
    this.reason ??= reason;
  }

  /** A code, an id or a name: a text without spaces around it, or a whole number; null when absent. */
  code(name: string | undefined, value: unknown, bytesMax = codeBytesMax): string | null {
    if (value === undefined) return null;
    if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
    const digits = exactDigits(value);
    if (digits !== undefined && /^-?\d+$/.test(digits)) return digits;
    if (typeof value !== 'string' || digits !== undefined) {
      this.fault(`"${name}" is ${shown(value)}; it must be a text or a whole number.`);
      return null;
    }
    const text = trimmed(value);
    if (text.length > bytesMax / 4 && Buffer.byteLength(text) > bytesMax) {
      this.fault(`"${name}" is longer than ${bytesMax} bytes; send something shorter.`);
    }
    return text === '' ? null : text;
  }

  /** The name of what happened. */
  type(name: string | undefined, value: unknown): string | null {
    if (typeof value === 'string') return this.code(name, value, typeBytesMax);
    this.fault(`"${name}" is ${shown(value)}; it must be the name of what happened, such as "click".`);
    return null;
  }

  decimal(name: string | undefined, value: unknown, size: DecimalSize): string | null {
    if (value === undefined) return null;
    const read = readDecimal(value, size);
    if (typeof read === 'string') return read;
    this.fault(`"${name}" is ${shown(value)}, which ${read.reason}.`);
    return null;
  }

  time(name: string | undefined, value: unknown): EventTime {
    const read = this.#readTime(value);
    if (!('reason' in read)) return read;
    this.fault(`"${name}" is ${shown(value)}, which ${read.reason}.`);
    return noTime;
  }
}

function trimmed(text: string): string {
  const first = text.charCodeAt(0);
  const last = text.charCodeAt(text.length - 1);
  return first <= 0x20 || last <= 0x20 || first >= 0x80 || last >= 0x80 ? text.trim() : text;
}
