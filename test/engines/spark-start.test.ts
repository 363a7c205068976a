// Starting a program on Spark where it cannot start, and ending it before it has: no Spark is needed for either.

import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { submit } from '../../src/engines/spark/submit.js';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'flywheel home of spark '));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const place = () => ({
  home,
  master: 'local[1]',
  jars: [],
  environment: { PATH: process.env.PATH ?? '' },
});

/** The script that starts Spark, as a shell script of these lines. */
async function startsWith(...lines: readonly string[]): Promise<void> {
  const script = join(home, 'bin', 'spark-submit');
  await mkdir(join(home, 'bin'), { recursive: true });
  await writeFile(script, ['#!/bin/sh', ...lines, ''].join('\n'));
  await chmod(script, 0o755);
}

const program = { title: 'a trial', command: async () => ['none'] };

describe('Spark', () => {
  it('is said to be missing where it is not', () =>
    expect(submit(place(), program)).rejects.toThrow(/There is no Spark in .*bin\/spark-submit/));

  it('is said to lack the driver, also where it has no jars at all', async () => {
    await startsWith('exit 0');
    const databaseUrl = 'postgresql://127.0.0.1:1/none';
    await expect(submit(place(), { ...program, databaseUrl })).rejects.toThrow(/SPARK_JARS/);
  });

  // What Spark's own scripts write.
  it.each([
    ['JAVA_HOME is not set', 'JAVA_HOME is not set.'],
    ['spark-class: line 71: /none/bin/java: No such file or directory', '/none/bin/java: No such file'],
  ])('is said to need Java: %s', async (line, said) => {
    await startsWith(`echo '${line}' >&2`, "echo 'line 97: CMD: bad array subscript' >&2", 'exit 1');
    const failure = submit(place(), program);
    await expect(failure).rejects.toThrow(said);
    await expect(failure).rejects.toThrow('install it, or set JAVA_HOME');
  });

  it('is found through a link, and told what others may not change', async () => {
    await startsWith('cat "$4" > "$SPARK_HOME/told"');
    const link = `${home} link`;
    await symlink(home, link);
    try {
      await submit({ ...place(), home: link }, program);
    } finally {
      await rm(link);
    }
    expect(await readFile(join(home, 'told'), 'utf8')).toContain('spark.sql.storeAssignmentPolicy=ANSI\n');
  });

  it('is ended when that is asked for before it runs', async () => {
    // Without the end of it, the script would go on.
    await startsWith('sleep 600');
    const ending = new AbortController();
    const command = async () => {
      ending.abort();
      return [];
    };
    await expect(submit(place(), { title: 'a trial', command, signal: ending.signal })).rejects.toMatchObject(
      {
        code: 'CANCELLED',
      },
    );
  });
});
