// Says how much of a download has arrived, by the size of the folder that it fills.

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const lookEveryMs = 1_000;
const bytesPerMegabyte = 1_000_000;

/** Runs `work`, and says every second how many megabytes are in the folder `draft`. */
export async function sayingGrowth<T>(
  draft: string,
  say: (detail: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  const looking = setInterval(() => {
    void sizeBytes(draft).then(
      (bytes) => say(`${Math.round(bytes / bytesPerMegabyte)} MB`),
      // Files come and go while they are counted.
      () => {},
    );
  }, lookEveryMs);
  try {
    return await work();
  } finally {
    clearInterval(looking);
  }
}

async function sizeBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
