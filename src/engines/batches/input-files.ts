// The files that a batch reads instead of the warehouse: which they are, and what they are written in.

import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve, sep } from 'node:path';
import { FlywheelError } from '../../core/errors.js';
import type { BatchResult } from '../../warehouse/batches/batch-turn.js';
import type { BatchEngine } from './batch-contract.js';

export interface InputFiles {
  readonly format: 'csv' | 'parquet';
  /** As the engine is to read it: an absolute path, or an address such as s3a://bucket/folder. */
  readonly path: string;
  /** Whether the files in it that end as their format says are meant. */
  readonly isFolder: boolean;
  /** The files one by one; empty for an address, whose files only the engine sees. */
  readonly files: readonly string[];
  /** What they are called by when nobody gave them a name. */
  readonly name: string;
}

/**
 * Files that give no results are sooner a mistake than the wish to forget what is known: throws BAD_INPUT when all that
 * there was of the source would be taken away for them and nobody asked for that.
 */
export function assertNotEmptied(
  { files, source, allowEmpty }: { files: InputFiles | null; source: string; allowEmpty: boolean },
  { rows, changed }: BatchResult,
): void {
  if (files === null || allowEmpty || rows > 0 || changed === 0) return;
  throw new FlywheelError(
    'BAD_INPUT',
    `${files.name} gives no results, and the ${changed} that are known of the source ${source} would be taken away, so nothing has changed; if they are to go, say so with --allow-empty.`,
  );
}

export interface InputPlace {
  readonly from: string;
  readonly format?: 'csv' | 'parquet' | undefined;
}

const endings = { csv: /\.csv(\.gz)?$/i, parquet: /\.parquet$/i } as const;

/**
 * Finds the files of a batch. Rejects with BAD_INPUT where there are none, where CSV and Parquet stand side by side and
 * nothing says which is meant, and for what PostgreSQL cannot read: Parquet, and addresses on other machines.
 */
export async function findInputFiles(engine: BatchEngine, { from, format }: InputPlace): Promise<InputFiles> {
  if (/^[a-z][a-z0-9]*:\/\//i.test(from)) return addressOf(engine, from, format);
  const path = resolve(from);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new FlywheelError('BAD_INPUT', `There is no file or folder ${path}.`);
  const files = found.isDirectory() ? await filesIn(path) : [path];
  const is = (wanted: 'csv' | 'parquet') => files.filter((file) => endings[wanted].test(file));
  const named = format ?? onlyOne(path, is('csv').length > 0, is('parquet').length > 0);
  checkReadable(engine, path, named);
  const own = found.isDirectory() ? is(named) : files;
  if (own.length === 0) {
    throw new FlywheelError('BAD_INPUT', `${path} has no files that end in ${endingOf(named)}.`);
  }
  return {
    format: named,
    path: pathForSpark(path),
    isFolder: found.isDirectory(),
    files: own,
    name: basename(path),
  };
}

function addressOf(engine: BatchEngine, from: string, format: InputPlace['format']): InputFiles {
  if (/^[^/]*:\/\/[^/@]*:[^/]*@/.test(from)) {
    throw new FlywheelError(
      'BAD_INPUT',
      'The address of the files has a password in it, which would be kept with the run; tell it to Spark in its own settings (conf/spark-defaults.conf).',
    );
  }
  if (engine === 'postgres') {
    throw new FlywheelError(
      'BAD_INPUT',
      `PostgreSQL reads files of this machine alone, and ${from} is an address; take --engine spark.`,
    );
  }
  const named =
    format ?? (endings.parquet.test(from) ? 'parquet' : endings.csv.test(from) ? 'csv' : undefined);
  if (named === undefined) {
    throw new FlywheelError(
      'BAD_INPUT',
      `Say what the files at ${from} are: --format csv or --format parquet.`,
    );
  }
  return { format: named, path: from, isFolder: !endings[named].test(from), files: [], name: basename(from) };
}

async function filesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  // As Spark does, what begins with a dot or an underscore is left out, folders with all that is in them.
  const seen = names.filter((name) => !name.split(sep).some((part) => /^[._]/.test(part))).sort();
  const files: string[] = [];
  for (const name of seen) {
    const path = join(folder, name);
    // Whatever a link leads to is what Spark reads.
    if ((await stat(path).catch(() => undefined))?.isFile()) files.push(path);
  }
  return files;
}

function onlyOne(path: string, hasCsv: boolean, hasParquet: boolean): 'csv' | 'parquet' {
  if (hasCsv !== hasParquet) return hasCsv ? 'csv' : 'parquet';
  throw new FlywheelError(
    'BAD_INPUT',
    hasCsv
      ? `${path} has CSV and Parquet files; say which are meant: --format csv or --format parquet.`
      : `${path} has no files that end in .csv, .csv.gz or .parquet.`,
  );
}

function checkReadable(engine: BatchEngine, path: string, format: 'csv' | 'parquet'): void {
  if (engine !== 'postgres' || format === 'csv') return;
  throw new FlywheelError(
    'BAD_INPUT',
    `${path} is Parquet, which PostgreSQL cannot read; take --engine spark, or export it as CSV.`,
  );
}

function endingOf(format: 'csv' | 'parquet'): string {
  return format === 'csv' ? '.csv or .csv.gz' : '.parquet';
}

/** Spark takes a path for a pattern, so what has a meaning there is marked as what it is. */
function pathForSpark(path: string): string {
  return `file://${path.replace(/[\\*?[\]{}]/g, '\\$&')}`;
}
