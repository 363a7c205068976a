// Finds reference data that is too large for the repository, and says so where it is missing.

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe } from 'vitest';
import { projectRoot } from '../../src/core/project-root.js';

/** The folder of the reference data: FLYWHEEL_SHARED_DIR, or `shared` beside the project. */
export const sharedFolder: string = resolve(
  process.env.FLYWHEEL_SHARED_DIR ?? join(projectRoot, '..', 'shared'),
);

/** The path of a file such as `data/online-retail.csv.gz`, or undefined where it is not there. */
export function sharedFile(name: string): string | undefined {
  const path = join(sharedFolder, name);
  return existsSync(path) ? path : undefined;
}

/**
 * A suite over a reference file, which is handed to it; where the file is missing the suite is skipped and the reason
 * printed. With FLYWHEEL_SHARED_DIR set the data are promised, and a missing file fails the suite instead.
 */
export function describeWithSharedFile(name: string, title: string, suite: (path: string) => void): void {
  const path = sharedFile(name);
  if (path !== undefined) {
    describe(title, () => suite(path));
    return;
  }
  const reason = `${join(sharedFolder, name)} is not there; FLYWHEEL_SHARED_DIR says where reference data are.`;
  if (process.env.FLYWHEEL_SHARED_DIR !== undefined) throw new Error(reason);
  console.warn(`Skipped "${title}": ${reason}`);
  describe.skip(`${title} (${name} is missing)`, () => suite(name));
}
