// A job on Flink that writes the numbers from 1 upwards into files, so that what was lost or doubled shows.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeclaredJob } from '../../src/engines/flink/jobs-contract.js';

export interface NumbersOptions {
  readonly folder: string;
  readonly name?: string;
  readonly generation?: number;
  /** What is written of each number `n`. */
  readonly expression?: string;
  readonly settings?: Readonly<Record<string, string>>;
}

/** Numbers and files move on together with the checkpoints. */
export function numbersJob(options: NumbersOptions): DeclaredJob {
  const { folder, name = 'numbers', generation = 1, expression = 'n', settings = {} } = options;
  return {
    name,
    generation,
    tables: [
      `CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100',
         'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '60000')`,
      `CREATE TABLE files (n BIGINT) WITH ('connector' = 'filesystem', 'path' = 'file://${folder}', 'format' = 'csv',
         'sink.rolling-policy.rollover-interval' = '1 s', 'sink.rolling-policy.check-interval' = '1 s')`,
    ],
    insert: `INSERT INTO files SELECT ${expression} FROM numbers`,
    settings: { 'parallelism.default': '1', ...settings },
  };
}

/** The numbers that are written and will stay, in their order. */
export async function writtenNumbers(folder: string): Promise<readonly number[]> {
  const names = await readdir(folder).catch(() => []);
  const whole = names.filter((name) => !name.startsWith('.') && !name.startsWith('_'));
  const texts = await Promise.all(whole.map((name) => readFile(join(folder, name), 'utf8')));
  const lines = texts.flatMap((text) => text.split('\n').filter((line) => line !== ''));
  return lines.map(Number).sort((one, other) => one - other);
}

/** The numbers from 1 up to the greatest that is written, each once: what must be there. */
export function upTo(numbers: readonly number[]): readonly number[] {
  return Array.from({ length: numbers.at(-1) ?? 0 }, (_, place) => place + 1);
}
