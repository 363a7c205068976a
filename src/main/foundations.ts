// What every part may need, and that itself needs no start.

import type { Progress } from '../cli/progress.js';
import type { Config } from '../config.js';
import type { Lifecycle } from '../core/lifecycle.js';
import type { Log } from '../core/log.js';
import type { Telemetry } from '../core/telemetry.js';

export interface Foundations {
  readonly config: Config;
  readonly progress: Progress;
  readonly log: Log;
  readonly telemetry: Telemetry;
  readonly lifecycle: Lifecycle;
  /** Options of Node for threads; undefined: those of the process. */
  readonly threadExecArgv: readonly string[] | undefined;
}
