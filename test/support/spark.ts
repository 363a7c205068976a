// A real Spark for tests: where it is, with PostgreSQL's JDBC driver.

import { installSpark, type SparkPlace } from '../../src/cli/engines/install-spark.js';
import type { SparkSettings } from '../../src/core/engine-settings.js';
import { enginesFolder } from './engine-places.js';
import { describeWithPrograms } from './engine-programs.js';
import { silentProgress } from './kafka-places.js';

/** How long a `beforeAll` that asks for Spark may take; the first one ever fetches it. */
export const sparkInstallTimeoutMs = 600_000;

/** A suite that needs a real Spark; see `describeWithPrograms`. */
export function describeWithSpark(title: string, suite: () => void): void {
  describeWithPrograms('Spark', ['java', 'mvn', 'pip'], title, suite);
}

/** Where Spark is; it is fetched for whoever asks first, while others wait. */
export function sparkPlace(): Promise<SparkPlace> {
  return installSpark({ folder: enginesFolder, progress: silentProgress });
}

/** A Spark that runs in processes of this machine, told nothing of the settings of the tests. */
export async function localSpark(): Promise<SparkSettings> {
  const { PATH = '', HOME = '', JAVA_HOME } = process.env;
  const java = JAVA_HOME === undefined ? {} : { JAVA_HOME };
  return { ...(await sparkPlace()), master: 'local[2]', environment: { PATH, HOME, ...java } };
}
