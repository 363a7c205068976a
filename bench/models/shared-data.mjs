// Finds the reference data, which are too large for the repository.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the reference data: FLYWHEEL_SHARED_DIR, or `shared` beside the project. */
const folder = resolve(
  process.env.FLYWHEEL_SHARED_DIR ?? fileURLToPath(new URL('../../../shared', import.meta.url)),
);

/** A reason why something is not measured, which is no fault of what is measured. */
export class NotMeasured extends Error {}

/** The path of a file such as `reference/rfm.csv`; NotMeasured where it is missing. @param {string} name */
export function sharedFile(name) {
  const path = join(folder, name);
  if (existsSync(path)) return path;
  throw new NotMeasured(`${path} is not there; FLYWHEEL_SHARED_DIR says where reference data are`);
}
