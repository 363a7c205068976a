// What a batch is to whoever runs it: a name, what it can be told, and the work on one of two engines.

import type { SparkSettings } from '../../core/engine-settings.js';
import { FlywheelError } from '../../core/errors.js';
import type { BatchResult, RunningBatch } from '../../warehouse/batches/batch-turn.js';
import type { Database } from '../../warehouse/database.js';

export const batchEngines = ['spark', 'postgres'] as const;
export type BatchEngine = (typeof batchEngines)[number];

export interface BatchDeps {
  readonly database: Database;
  /** The same warehouse, as Spark reaches it. */
  readonly databaseUrl: string;
  readonly spark: SparkSettings | undefined;
  /** Whether Flink keeps the windows of streams. */
  readonly flinkKeepsWindows: boolean;
}

export interface Batch<Options> {
  /** Refuses what it cannot do before anything is begun. */
  check(deps: BatchDeps, engine: BatchEngine, options: Options): Promise<void> | void;
  run(deps: BatchDeps, engine: BatchEngine, options: Options, run: RunningBatch): Promise<BatchResult>;
}

/** Where Spark is. Throws BAD_INPUT where nothing says so. */
export function sparkOf({ spark }: BatchDeps): SparkSettings {
  if (spark !== undefined) return spark;
  throw new FlywheelError(
    'BAD_INPUT',
    'Nothing says where Spark is; set SPARK_HOME to the folder that has bin/spark-submit, or run the batch with --engine postgres.',
  );
}
