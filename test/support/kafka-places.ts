// What every Kafka of the tests shares: the folder of Kafka's own files, which outlives the runs.

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Progress } from '../../src/cli/progress.js';

export const jarsFolder: string = join(tmpdir(), 'flywheel-kafka');

/** Says nothing. */
export const silentProgress: Progress = { step: (_title, work) => work(() => {}) };
