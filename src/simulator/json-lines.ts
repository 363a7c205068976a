// Writes records to a file, one JSON text per line.

import { createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const chunkLength = 64 * 1024;

/** Gathers lines into chunks that are worth a write, and tells how many lines have gone. */
function* chunked(
  lines: Iterable<string>,
  onLines: (count: number) => void,
): Generator<string, void, undefined> {
  let chunk = '';
  let count = 0;
  for (const line of lines) {
    chunk += `${line}\n`;
    count += 1;
    if (chunk.length < chunkLength) continue;
    yield chunk;
    onLines(count);
    chunk = '';
  }
  if (chunk !== '') yield chunk;
  onLines(count);
}

/**
 * Writes each text as a line of `path` and resolves to the number of lines once the file is complete. Lines are
 * taken no faster than the disk writes them. The file appears under its name only when it is whole.
 * Rejects with the error of the file system.
 */
export async function writeLines(
  path: string,
  lines: Iterable<string>,
  onLines: (count: number) => void,
): Promise<number> {
  let written = 0;
  const partial = `${path}.partial`;
  const chunks = chunked(lines, (count) => {
    written = count;
    onLines(count);
  });
  await pipeline(Readable.from(chunks, { objectMode: true, highWaterMark: 1 }), createWriteStream(partial));
  await rename(partial, path);
  return written;
}
