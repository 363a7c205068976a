// A file as text, piece by piece: unpacked, decoded, counted and hashed on the way.

import { isAscii, isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { FlywheelError } from '../../core/errors.js';
import { quoted } from './fault.js';

const chunkBytes = 262_144;
const lineFeed = 10;

export interface TextFile {
  readonly sizeBytes: number;
  /** Whether the file is gzip. */
  readonly packed: boolean;
  /** How many bytes of the file have been read. */
  bytesRead(): number;
  /** The SHA-256 of the file's bytes, once `pieces` has come to its end. */
  sha256(): string;
  readonly pieces: AsyncIterable<string>;
}

/**
 * Opens a file, gzip or plain (told by its first bytes, not its name). Memory does not depend on its size. Rejects and
 * throws BAD_INPUT, in words for the person who has the file: not there, empty, another archive, cut off, wrong encoding.
 */
export async function openTextFile(path: string, encoding: string): Promise<TextFile> {
  const { head, sizeBytes } = await readHead(path);
  const gzip = head[0] === 0x1f && head[1] === 0x8b;
  if (!gzip) checkHead(head, path, encoding);
  const hash = createHash('sha256');
  let bytesRead = 0;
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of createReadStream(path, { highWaterMark: chunkBytes })) {
      const bytes = Buffer.from(chunk);
      bytesRead += bytes.length;
      hash.update(bytes);
      yield bytes;
    }
  }
  // Nothing is opened before somebody reads, so no error can come while nobody listens.
  async function* decoded(): AsyncGenerator<string> {
    const decode = createDecoder(encoding, path);
    const bytes = gzip ? pipeline(counted, createGunzip({ chunkSize: chunkBytes }), () => {}) : counted();
    try {
      for await (const chunk of bytes) {
        const text = decode(Buffer.from(chunk), false);
        if (text !== '') yield text;
      }
    } catch (error) {
      throw readError(error, path);
    }
    const last = decode(Buffer.alloc(0), true);
    if (last !== '') yield last;
  }
  return {
    sizeBytes,
    packed: gzip,
    bytesRead: () => bytesRead,
    sha256: () => hash.digest('hex'),
    pieces: decoded(),
  };
}

async function readHead(path: string): Promise<{ head: Buffer; sizeBytes: number }> {
  try {
    const file = await open(path);
    try {
      const stats = await file.stat();
      if (stats.isDirectory()) throw new FlywheelError('BAD_INPUT', `${path} is a folder; name a file.`);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, stats.isFile() ? 0 : null);
      if (bytesRead === 0)
        throw new FlywheelError('BAD_INPUT', `${path} is empty (0 bytes); nothing was loaded.`);
      return { head: buffer.subarray(0, bytesRead), sizeBytes: stats.size };
    } finally {
      await file.close();
    }
  } catch (error) {
    throw readError(error, path);
  }
}

const archives: readonly (readonly [signature: readonly number[], name: string])[] = [
  [[0x50, 0x4b, 0x03, 0x04], 'a zip archive or an Excel workbook'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'packed with zstd'],
  [[0x42, 0x5a, 0x68], 'packed with bzip2'],
  [[0xfd, 0x37, 0x7a, 0x58], 'packed with xz'],
];

function checkHead(head: Buffer, path: string, encoding: string): void {
  const archive = archives.find(([signature]) => signature.every((byte, index) => head[index] === byte));
  if (archive) {
    throw new FlywheelError(
      'BAD_INPUT',
      `${path} is ${archive[1]}; unpack or export it as CSV, plain or gzip, first.`,
    );
  }
  const order =
    head[0] === 0xff && head[1] === 0xfe
      ? 'utf-16le'
      : head[0] === 0xfe && head[1] === 0xff
        ? 'utf-16be'
        : '';
  if (order !== '' && !/^utf-?16/i.test(encoding)) {
    throw new FlywheelError('BAD_INPUT', `${path} is in UTF-16; set "encoding": "${order}" in the mapping.`);
  }
}

function readError(error: unknown, path: string): unknown {
  if (error instanceof FlywheelError || !(error instanceof Error)) return error;
  const code = 'code' in error ? error.code : undefined;
  const because: Partial<Record<string, string>> = {
    ENOENT: `There is no file ${path}.`,
    EACCES: `The file ${path} may not be read by this user.`,
    Z_BUF_ERROR: `${path} ends in the middle (its gzip data is cut off), so nothing was loaded; fetch the file again.`,
    Z_DATA_ERROR: `${path} is damaged (its gzip data cannot be unpacked), so nothing was loaded; fetch the file again.`,
  };
  const sentence = typeof code === 'string' ? because[code] : undefined;
  return sentence === undefined ? error : new FlywheelError('BAD_INPUT', sentence, { cause: error });
}

type Decoder = (bytes: Buffer, last: boolean) => string;

function createDecoder(encoding: string, path: string): Decoder {
  if (!/^utf-?8$/i.test(encoding)) return otherDecoder(encoding, path);
  let carried: Buffer = Buffer.alloc(0);
  let line = 1;
  let atStart = true;
  return (bytes, last) => {
    const all = carried.length > 0 ? Buffer.concat([carried, bytes]) : bytes;
    const end = last ? all.length : completeEnd(all);
    const whole = all.subarray(0, end);
    carried = all.subarray(end);
    if (!isUtf8(whole)) throw notUtf8(whole, line, path);
    line += countLineFeeds(whole);
    // ASCII decodes fastest, and takes half the memory.
    const text = isAscii(whole) ? whole.toString('latin1') : whole.toString('utf8');
    const marked = atStart && text.charCodeAt(0) === 0xfeff;
    atStart &&= text === '';
    return marked ? text.slice(1) : text;
  };
}

/** Where the last complete character of UTF-8 ends. */
function completeEnd(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) break;
    if (byte >= 0xc0)
      return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

function countLineFeeds(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(lineFeed); at >= 0; at = bytes.indexOf(lineFeed, at + 1)) count += 1;
  return count;
}

function notUtf8(bytes: Buffer, firstLine: number, path: string): FlywheelError {
  let start = 0;
  let line = firstLine;
  for (;;) {
    const lineEnd = bytes.indexOf(lineFeed, start);
    const end = lineEnd < 0 ? bytes.length : lineEnd;
    if (lineEnd < 0 || !isUtf8(bytes.subarray(start, end))) {
      const shown = quoted(bytes.subarray(start, Math.min(end, start + 200)).toString('latin1'));
      return new FlywheelError(
        'BAD_INPUT',
        `Line ${line} of ${path} is not UTF-8, so nothing was loaded; set "encoding" in the mapping, for instance "windows-1252", in which the line reads ${shown}.`,
        { details: { line } },
      );
    }
    start = lineEnd + 1;
    line += 1;
  }
}

function otherDecoder(encoding: string, path: string): Decoder {
  const decoder = new TextDecoder(encoding, { fatal: true });
  let line = 1;
  return (bytes, last) => {
    try {
      const text = decoder.decode(bytes, { stream: !last });
      for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) line += 1;
      return text;
    } catch (error) {
      throw new FlywheelError(
        'BAD_INPUT',
        `${path} is not in ${encoding} (at or after line ${line}), so nothing was loaded; correct "encoding" in the mapping.`,
        {
          cause: error,
          details: { line },
        },
      );
    }
  };
}

/** Whether texts of that encoding can be read. */
export function isEncoding(name: string): boolean {
  try {
    new TextDecoder(name, { fatal: true });
    return true;
  } catch {
    return false;
  }
}
