// Takes the bytes of several events apart, without reading them: each is read by itself, so one that is wrong spoils no other.

const bracketOpen = 0x5b;
const bracketClose = 0x5d;
const braceOpen = 0x7b;
const braceClose = 0x7d;
const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const newline = 0x0a;

/** Whether the bytes hold a JSON list, judged by their first sign. */
export function isList(bytes: Buffer): boolean {
  return bytes[skipSpace(bytes, bomLength(bytes))] === bracketOpen;
}

/** The elements of a JSON list, as their bytes; a sentence when it is none. */
export function splitList(bytes: Buffer): readonly Buffer[] | string {
  const elements: Buffer[] = [];
  let at = skipSpace(bytes, bomLength(bytes));
  if (bytes[at] !== bracketOpen) return 'The body is no JSON list.';
  at = skipSpace(bytes, at + 1);
  if (bytes[at] === bracketClose) return endsAfter(bytes, at) ? elements : trailing;
  for (;;) {
    const end = endOfElement(bytes, at);
    elements.push(bytes.subarray(at, end));
    const sign = bytes[end];
    if (sign === bracketClose) return endsAfter(bytes, end) ? elements : trailing;
    if (sign !== comma) return 'The list in the body has no end; perhaps the body was cut off.';
    at = skipSpace(bytes, end + 1);
  }
}

const trailing =
  'Something follows the list in the body; send one list, or one event per line as application/x-ndjson.';

/** The lines of newline-delimited JSON, without the empty ones. */
export function splitLines(bytes: Buffer): readonly Buffer[] {
  const lines: Buffer[] = [];
  let at = bomLength(bytes);
  while (at < bytes.length) {
    const found = bytes.indexOf(newline, at);
    const end = found < 0 ? bytes.length : found;
    const line = bytes.subarray(at, end);
    if (skipSpace(line, 0) < line.length) lines.push(line);
    at = end + 1;
  }
  return lines;
}

/** The place of the comma or bracket that ends the element, or the end of the bytes. */
function endOfElement(bytes: Buffer, start: number): number {
  let depth = 0;
  let at = start;
  while (at < bytes.length) {
    const sign = bytes[at];
    if (sign === quote) {
      at = endOfText(bytes, at);
      continue;
    }
    if (depth === 0 && (sign === comma || sign === bracketClose)) return at;
    if (sign === braceOpen || sign === bracketOpen) depth += 1;
    else if (sign === braceClose || sign === bracketClose) depth -= 1;
    at += 1;
  }
  return at;
}

function endOfText(bytes: Buffer, start: number): number {
  let end = bytes.indexOf(quote, start + 1);
  while (end >= 0 && isEscaped(bytes, end)) end = bytes.indexOf(quote, end + 1);
  return end < 0 ? bytes.length : end + 1;
}

function isEscaped(bytes: Buffer, at: number): boolean {
  let first = at;
  while (bytes[first - 1] === backslash) first -= 1;
  return (at - first) % 2 === 1;
}

function skipSpace(bytes: Buffer, start: number): number {
  let at = start;
  for (;;) {
    const sign = bytes[at];
    if (sign !== 0x20 && sign !== 0x09 && sign !== 0x0a && sign !== 0x0d) return at;
    at += 1;
  }
}

function endsAfter(bytes: Buffer, at: number): boolean {
  return skipSpace(bytes, at + 1) === bytes.length;
}

/** Some programs on Windows begin a text with a byte order mark. */
function bomLength(bytes: Buffer): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}
