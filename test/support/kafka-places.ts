// What every Kafka of the tests shares: the folder of Kafka's own files, which outlives the runs.

import { join } from 'node:path';
import type { Progress } from '../../src/cli/progress.js';
import { projectRoot } from '../../src/core/project-root.js';

export const jarsFolder: string = join(projectRoot, '.flywheel', 'kafka');

/** Says nothing. */
export const silentProgress: Progress = { step: (_title, work) => work(() => {}) };
