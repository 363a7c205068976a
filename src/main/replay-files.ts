// The files of a replay: whether they are still what was loaded, before anything is loaded again.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { ManifestFile } from '../warehouse/load/manifest.js';

/** A file that can be loaded again as it was. */
export interface ReplayFile {
  readonly path: string;
  readonly mapping: unknown;
  /** How far the log had been read when it was loaded, by `topic/partition`. */
  readonly position: ReadonlyMap<string, bigint>;
}

export interface CheckedFiles {
  /** In the order in which they were loaded. */
  readonly files: readonly ReplayFile[];
  /** A sentence for each that cannot be loaded again as it was. */
  readonly missing: readonly string[];
}

/** Reads all of them whole, since only their bytes say whether they are the same. */
export async function checkFiles(manifest: readonly ManifestFile[]): Promise<CheckedFiles> {
  const files: ReplayFile[] = [];
  const missing: string[] = [];
  for (const { name, path, mapping, sha256, position } of manifest) {
    if (path === null || mapping === null) {
      missing.push(`${name} was loaded before paths were kept; load it once more into the old warehouse.`);
      continue;
    }
    const found = await sha256Of(path);
    if (found === undefined) missing.push(`${path} cannot be read.`);
    else if (found !== sha256) missing.push(`${path} is not the file any more that was loaded.`);
    else {
      const places = Object.entries(position).map(([place, next]) => [place, BigInt(next)] as const);
      files.push({ path, mapping: JSON.parse(mapping), position: new Map(places) });
    }
  }
  return { files, missing };
}

/** Undefined where there is no such file, or none that we may read. */
async function sha256Of(path: string): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), hash);
  } catch {
    return undefined;
  }
  return hash.digest('hex');
}
