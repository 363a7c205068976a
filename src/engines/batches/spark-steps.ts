// Statements of a batch on Spark, with how far they are.

import type { RunningBatch } from '../../warehouse/batches/batch-turn.js';
import { runSparkSql } from '../spark/run-sql.js';
import { type BatchDeps, sparkOf } from './batch-contract.js';

export interface SparkStep {
  readonly sql: string;
  /** What it does, as people are told. */
  readonly step: string;
}

/** Starting Spark takes longer than most statements. */
const startedShare = 0.2;
const endedShare = 0.9;

/** Runs the statements in one session of Spark, which finds the warehouse under `pg.public`. Fails as `submit` does. */
export async function runSteps(
  deps: BatchDeps,
  run: RunningBatch,
  steps: readonly SparkStep[],
): Promise<void> {
  // The first statement only says that Spark is there.
  const statements = ['SELECT 1', ...steps.map(({ sql }) => sql)];
  run.say(0, 'starting Spark');
  await runSparkSql(sparkOf(deps), {
    title: run.title,
    statements,
    databaseUrl: deps.databaseUrl,
    signal: run.signal,
    onDone(done) {
      const next = steps[done - 1];
      const share = startedShare + ((endedShare - startedShare) * (done - 1)) / steps.length;
      run.say(share, next?.step ?? 'ending Spark');
    },
  });
}
