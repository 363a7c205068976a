// Runs statements of Spark SQL one after the other, without a program of ours inside Spark.

import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SparkSettings } from '../../core/engine-settings.js';
import { type SparkProgram, submit } from './submit.js';

export interface SparkSql extends Omit<SparkProgram, 'command' | 'onLine'> {
  /** Without the semicolon at the end. Nothing secret may stand in them. */
  readonly statements: readonly string[];
  /** Told each row that a statement gives, as its columns are written: null is `NULL`. A value with a tab or a line break comes apart. */
  readonly onRow?: ((columns: readonly string[], statement: number) => void) | undefined;
  /** Told how many of the statements are done, each time one is. */
  readonly onDone?: ((statements: number) => void) | undefined;
}

/** Resolves when all statements have run; the first that fails ends the run. Fails as `submit` does. */
export async function runSparkSql(place: SparkSettings, job: SparkSql): Promise<void> {
  const { statements, onRow, onDone, ...program } = job;
  // No row of a statement looks like it.
  const mark = randomUUID();
  let done = 0;
  await submit(place, {
    ...program,
    async command(folder) {
      const file = join(folder, 'job.sql');
      const marked = statements.map((statement) => `${statement}\n;\nSELECT '${mark}'\n;\n`);
      await writeFile(file, marked.join(''), { mode: 0o600 });
      const driver = 'org.apache.spark.sql.hive.thriftserver.SparkSQLCLIDriver';
      return ['--class', driver, 'spark-internal', '-f', file];
    },
    onLine(line) {
      if (line === mark) {
        done += 1;
        onDone?.(done);
      } else if (line !== '') {
        onRow?.(line.split('\t'), done);
      }
    },
  });
}
