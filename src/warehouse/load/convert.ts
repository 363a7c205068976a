// One value of a file to one value of a column, in the text form that COPY takes.

import { type DateReader, dateReader } from '../../core/dates.js';
import { didYouMean } from '../../core/suggest.js';
import type { Catalogue, Column } from '../catalogue.js';
import { type NumberStyle, readDecimal } from './decimals.js';
import { quoted } from './fault.js';

/** How texts are to be read; see MAP.json. */
export interface ReadingStyle extends NumberStyle {
  readonly dates: readonly string[];
  readonly timeZone: string;
}

/** The value in SQL's text form (not yet escaped for COPY), or the reason why there is none. */
export type Converted = string | { readonly reason: string };
export type Converter = (text: string) => Converted;

/** Keys and voted values stand in an index, whose rows have a limit; no code or name comes near it. */
export const indexedBytesMax = 1000;

const integerLimits = {
  Int: [-2147483648n, 2147483647n],
  BigInt: [-9223372036854775808n, 9223372036854775807n],
} as const;
const loneSurrogate = /\p{Surrogate}/u;

/** The converter of a column, or a sentence that says why the column or the style cannot be used. */
export function converterFor(catalogue: Catalogue, column: Column, style: ReadingStyle): Converter | string {
  switch (column.type) {
    case 'String':
      return readText;
    case 'Int':
    case 'BigInt':
      return integerConverter(column.type, style);
    case 'Decimal':
      return decimalConverter(column, style);
    case 'Float':
      return floatConverter(style);
    case 'Boolean':
      return readBoolean;
    case 'DateTime':
      return dateConverter(column, style);
    case 'Enum':
      return enumConverter(catalogue, column);
    case 'Json':
      return readJson;
    case 'Bytes':
      return 'a column of bytes cannot be loaded from a text file';
  }
}

/** What a `numeric` column holds. */
export function decimalSize(column: Column): { precision: number; scale: number } {
  const [precision, scale] = column.nativeArgs ?? [];
  return { precision: Number(precision ?? 65), scale: Number(scale ?? (precision === undefined ? 30 : 0)) };
}

function readText(text: string): Converted {
  if (text.includes('\u0000')) return { reason: `${quoted(text)} holds a NUL character` };
  if (loneSurrogate.test(text))
    return { reason: `${quoted(text)} holds half a character (a lone surrogate)` };
  return text;
}

/** Refuses a text that is too long to stand in a key. */
export function readIndexedText(text: string): Converted {
  const read = readText(text);
  const tooLong = text.length > indexedBytesMax / 4 && Buffer.byteLength(text) > indexedBytesMax;
  return tooLong ? { reason: `${quoted(text)} is longer than ${indexedBytesMax} bytes` } : read;
}

function integerConverter(type: 'Int' | 'BigInt', style: NumberStyle): Converter {
  const [least, most] = integerLimits[type];
  return (text) => {
    const read = readDecimal(text, { precision: 19, scale: 0 }, style);
    if (typeof read !== 'string') return { reason: `${quoted(text)} ${read.reason}` };
    const value = BigInt(read);
    return value < least || value > most
      ? { reason: `${quoted(text)} is outside ${least} to ${most}` }
      : read;
  };
}

function decimalConverter(column: Column, style: NumberStyle): Converter {
  const size = decimalSize(column);
  // Most numbers are short and plain already; this tells them without taking them apart.
  const plain = style.decimal === '.' ? shortPlainNumber(size) : undefined;
  return (text) => {
    if (plain?.test(text)) return text;
    const read = readDecimal(text, size, style);
    return typeof read !== 'string' ? { reason: `${quoted(text)} ${read.reason}` } : read;
  };
}

function shortPlainNumber({ precision, scale }: { precision: number; scale: number }): RegExp | undefined {
  const [whole, fraction] = [Math.min(precision - scale, 9), Math.min(scale, 6)];
  if (whole < 1) return undefined;
  return new RegExp(`^(?:-?[1-9]\\d{0,${whole - 1}}|0)${fraction > 0 ? `(?:\\.\\d{1,${fraction}})?` : ''}$`);
}

function floatConverter(style: NumberStyle): Converter {
  return (text) => {
    const scientific = /^[+-]?\d+(\.\d+)?e[+-]?\d+$/i.test(text) && Number.isFinite(Number(text));
    if (scientific) return text;
    const read = readDecimal(text, { precision: 600, scale: 300 }, style);
    return typeof read !== 'string' ? { reason: `${quoted(text)} ${read.reason}` } : read;
  };
}

function readBoolean(text: string): Converted {
  if (/^(true|t|yes|y|1)$/i.test(text)) return 'true';
  if (/^(false|f|no|n|0)$/i.test(text)) return 'false';
  return { reason: `${quoted(text)} is neither true nor false` };
}

function readJson(text: string): Converted {
  try {
    JSON.parse(text);
  } catch {
    return { reason: `${quoted(text)} is not JSON` };
  }
  return text.includes('\\u0000') ? { reason: 'holds a NUL character' } : text;
}

function enumConverter(catalogue: Catalogue, column: Column): Converter | string {
  if (column.enumName === undefined) return 'its enum is not known';
  const { values } = catalogue.enumType(column.enumName);
  const labels = new Map(
    values.flatMap(
      (value) =>
        [
          [value.name, value.label],
          [value.label, value.label],
        ] as const,
    ),
  );
  const names = values.map((value) => value.name);
  return (text) => {
    const label = labels.get(text);
    return label === undefined
      ? { reason: `${quoted(text)} is none of ${names.join(', ')}.${didYouMean(text, names)}` }
      : label;
  };
}

function dateConverter(column: Column, style: ReadingStyle): Converter | string {
  const dateOnly = column.nativeType === 'Date';
  const readers: DateReader[] = [];
  for (const format of style.dates) {
    // A calendar day has no zone: it must stay the day that the file names.
    const result = dateReader(format, dateOnly ? 'UTC' : style.timeZone);
    if (!result.ok) return result.fault;
    readers.push(result.read);
  }
  // The lines of an invoice share its date, so the last answer is often the next.
  let lastText: string | undefined;
  let last: Converted = '';
  return (text) => {
    if (text === lastText) return last;
    last = readDate(text, readers, style.dates, dateOnly);
    lastText = text;
    return last;
  };
}

function readDate(
  text: string,
  readers: readonly DateReader[],
  formats: readonly string[],
  dateOnly: boolean,
): Converted {
  for (const read of readers) {
    const ms = read(text);
    if (ms === undefined) continue;
    const written = new Date(ms).toISOString();
    return dateOnly ? written.slice(0, 10) : written;
  }
  return { reason: `${quoted(text)} is not a date of the form ${formats.join(' or ')}` };
}
