// What every Flink and Spark of the tests shares: the folder of their own files, which outlives the runs.

import { join } from 'node:path';
import { projectRoot } from '../../src/core/project-root.js';

export const enginesFolder: string = join(projectRoot, '.flywheel', 'engines');
