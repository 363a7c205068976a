// Remembers from which inputs something was made, so that it is made again only when they change.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** The hash of the contents of files, in their order. A missing file counts as an empty one. */
export function hashOfFiles(paths) {
  const hash = createHash('sha256');
  for (const path of paths) hash.update(readIfThere(path)).update('\0');
  return hash.digest('hex');
}

/** Whether the stamp is there and says this. */
export function stampSays(stampFile, text) {
  return readIfThere(stampFile) === text;
}

/** The text of a file; empty when there is none. */
export function readIfThere(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return '';
    throw error;
  }
}
