// A real Flink with its SQL gateway for tests, whose processes may be killed.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FlinkCluster, type FlinkOptions, startFlink } from '../../src/cli/engines/flink.js';
import { installFlink } from '../../src/cli/engines/install-flink.js';
import { enginesFolder } from './engine-places.js';
import { describeWithPrograms } from './engine-programs.js';
import { silentProgress } from './kafka-places.js';

/** How long a `beforeAll` that starts a Flink may take; the first one ever fetches it. */
export const flinkStartTimeoutMs = 600_000;

/** A suite that needs a real Flink; see `describeWithPrograms`. */
export function describeWithFlink(title: string, suite: () => void): void {
  describeWithPrograms('Flink', ['java', 'mvn', 'pip'], title, suite);
}

export interface OwnFlink extends FlinkCluster {
  /** Where checkpoints, savepoints and logs are. */
  readonly folder: string;
  /** Stops it and removes what it held. */
  close(): Promise<void>;
}

/** A Flink of the test file's own, on free ports: one task manager of four slots, or as asked. Call `close` in `afterAll`. */
export async function startOwnFlink(
  options: Partial<Pick<FlinkOptions, 'slots' | 'taskManagers'>> = {},
): Promise<OwnFlink> {
  const home = await installFlink({ folder: enginesFolder, progress: silentProgress });
  const folder = await mkdtemp(join(tmpdir(), `flywheel-test-${process.pid}-flink-`));
  const cluster = await startFlink({ slots: 4, taskManagers: 1, ...options, home, folder, port: 0 });
  return {
    ...cluster,
    folder,
    async close() {
      await cluster.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
