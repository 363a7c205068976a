// JSON as events bring it: read without losing a digit of a long number, or saying what is wrong with it.

import { isUtf8 } from 'node:buffer';

/** An exponent that may be beyond what a float holds. */
const largeExponent = /\d[eE][+-]?\d{3}/;
const longNumber = 16;

/** The reason goes on from what could not be read, as in «It is empty», and has no full stop. */
export type JsonRead =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reason: string };

/**
 * The digits of a number that was too long for a float, or undefined for any other value. Such a number is kept as a
 * text that begins with NUL, which no text of an event can hold.
 */
export function exactDigits(value: unknown): string | undefined {
  return typeof value === 'string' && value.charCodeAt(0) === 0 ? value.slice(1) : undefined;
}

/** The value as JSON text, long numbers with all of their digits. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value) ?? 'null';
  return text.includes('"\\u0000') ? text.replace(/"\\u0000([^"]*)"/g, '$1') : text;
}

/** A value as a sentence quotes it. */
export function shown(value: unknown): string {
  const text = jsonText(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

const notUtf8 = 'holds bytes that are not UTF-8; send it in UTF-8';

/** Reads plain text from bytes, or says why the warehouse could not hold it. */
export function readText(bytes: Buffer): JsonRead {
  const value = bytes.toString();
  if (value.includes('\ufffd') && !isUtf8(bytes)) return { ok: false, reason: notUtf8 };
  return value.includes('\u0000') ? { ok: false, reason: holdsNul } : { ok: true, value };
}

/**
 * Reads JSON from bytes. Numbers that a float cannot hold exactly are kept as their digits (see `exactDigits`). Texts
 * that the warehouse cannot hold (NUL, half a character, bytes that are no UTF-8) are refused; so is deeper nesting than the reading program can follow.
 */
export function readJson(bytes: Buffer): JsonRead {
  let text = bytes.toString();
  if (text.includes('\ufffd') && !isUtf8(bytes)) return { ok: false, reason: notUtf8 };
  if (text.charCodeAt(0) === 0xfeff) text = text.slice(1);
  try {
    let value: unknown = JSON.parse(text);
    if (text.includes('\\u')) {
      const fault = textFault(value);
      if (fault !== undefined) return { ok: false, reason: fault };
    }
    if (hasLongNumber(text) || largeExponent.test(text)) {
      const marked = markInexact(text);
      if (marked !== undefined) value = JSON.parse(marked);
    }
    return { ok: true, value };
  } catch (error) {
    return { ok: false, reason: error instanceof SyntaxError ? notJson(text, error) : tooDeep(error) };
  }
}

function notJson(text: string, error: unknown): string {
  if (text.trim() === '') return 'is empty; send a JSON object';
  const detail = error instanceof Error ? error.message.slice(0, 120) : String(error);
  if (/[:[,]\s*-?(NaN|Infinity)\b/.test(text)) {
    return `is not JSON (${detail}); NaN and Infinity are none, so leave such a value out`;
  }
  if (/^\s*\{\s*'/.test(text)) {
    return `is not JSON (${detail}); names and texts stand in double quotes there`;
  }
  return `is not JSON (${detail}); send an object such as {"event": "click", "user_id": 1, "item_id": 101}`;
}

/** Why something failed that fails only for JSON that is nested beyond the stack of the program. */
export function tooDeep(error: unknown): string {
  return error instanceof RangeError
    ? 'is nested too deeply; send flatter JSON'
    : `cannot be read (${error instanceof Error ? error.message : String(error)})`;
}

const holdsNul = 'holds a NUL character, which no text may hold';
const loneSurrogate = /\p{Surrogate}/u;

function textFault(value: unknown): string | undefined {
  if (typeof value === 'string') {
    if (value.includes('\u0000')) return holdsNul;
    return loneSurrogate.test(value) ? 'holds half a character (a lone surrogate)' : undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, inner] of Object.entries(value)) {
    const fault = textFault(name) ?? textFault(inner);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/**
 * Whether somewhere 16 digits or points follow one another; fewer always fit a float. Such a run covers every
 * sixteenth place of the text once, so only those are looked at: a pattern would take half the time of all reading.
 */
function hasLongNumber(text: string): boolean {
  for (let at = longNumber - 1; at < text.length; at += longNumber) {
    if (!isDigitOrPoint(text.charCodeAt(at))) continue;
    let first = at;
    let last = at;
    while (first > 0 && isDigitOrPoint(text.charCodeAt(first - 1))) first -= 1;
    while (last + 1 < text.length && isDigitOrPoint(text.charCodeAt(last + 1))) last += 1;
    if (last - first + 1 >= longNumber) return true;
  }
  return false;
}

function isDigitOrPoint(code: number): boolean {
  return isDigit(code) || code === 0x2e;
}

/** The text of valid JSON with its inexact numbers as marked texts; undefined when it has none. */
function markInexact(text: string): string | undefined {
  let marked = '';
  let copied = 0;
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === 0x22) {
      at = endOfString(text, at);
    } else if (code === 0x2d || isDigit(code)) {
      const start = at;
      while (at < text.length && isOfNumber(text.charCodeAt(at))) at += 1;
      const token = text.slice(start, at);
      if (isInexact(token)) {
        marked += `${text.slice(copied, start)}"\\u0000${token}"`;
        copied = at;
      }
    } else {
      at += 1;
    }
  }
  return copied === 0 ? undefined : marked + text.slice(copied);
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === 0x22) return at + 1;
    at += code === 0x5c ? 2 : 1;
  }
  return at;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** Digits, and `.`, `-`, `+`, `e` and `E`. */
function isOfNumber(code: number): boolean {
  return isDigit(code) || code === 0x2e || code === 0x2d || code === 0x2b || code === 0x65 || code === 0x45;
}

/** A number of up to 15 significant digits survives a float unless it is too large or too small for one. */
function isInexact(token: string): boolean {
  const value = Number(token);
  if (String(value) === token) return false;
  const digits = significantDigits(token);
  if (!Number.isFinite(value) || (value === 0 && digits !== '')) return true;
  return digits.length > 15 && significantDigits(String(value)) !== digits;
}

function significantDigits(token: string): string {
  const mantissa = token.split(/[eE]/, 1)[0] ?? '';
  return mantissa.replace(/\D/g, '').replace(/^0+|0+$/g, '');
}

/** Whether a value is an object with names. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
