// Runs a program on Spark: started with spark-submit, watched, killed whole when it is cancelled, and told of in one sentence when it fails.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { SparkSettings } from '../../core/engine-settings.js';
import { FlywheelError } from '../../core/errors.js';
import { lastCause, lastWords } from './cause.js';
import { isLocal, propertiesText } from './properties.js';

export interface SparkProgram {
  /** What Spark shows it under. */
  readonly title: string;
  /** What follows the options of spark-submit; `folder` is the run's own, removed after it. Nothing secret may be among it. */
  command(folder: string): Promise<readonly string[]>;
  /** The warehouse, found in Spark SQL under `pg.public`; undefined: the program has nothing to do with it. */
  readonly databaseUrl?: string | undefined;
  /** Further properties of Spark. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
  /** Told each line that the program writes. */
  readonly onLine?: ((line: string) => void) | undefined;
  /** Kills the program and all that it started. */
  readonly signal?: AbortSignal | undefined;
}

/** How much of what Spark complained of is kept to look for the cause in. */
const complaintsMax = 200_000;
/** How long a program may take to end by itself once it is told to. */
const endTimeoutMs = 5_000;

/**
 * Resolves when the program has ended well. Rejects with CANCELLED when `signal` asked for its end, and with UNAVAILABLE
 * and the innermost cause when it failed or could not be started. Whatever happens, also to this process, nothing of it
 * goes on running and its folder is removed.
 */
export async function submit(place: SparkSettings, program: SparkProgram): Promise<void> {
  const { signal } = program;
  if (signal?.aborted) throw cancelled(program.title);
  const submitter = await findSubmitter(place, program.databaseUrl !== undefined);
  // Readable for nobody else, as mkdtemp makes it.
  const folder = await mkdtemp(join(tmpdir(), 'flywheel-spark-'));
  try {
    const propertiesFile = join(folder, 'spark.properties');
    const text = propertiesText({
      master: place.master,
      title: program.title,
      folder,
      databaseUrl: program.databaseUrl,
      settings: program.settings ?? {},
    });
    await writeFile(propertiesFile, text, { mode: 0o600, flag: 'wx' });
    const options = ['--master', place.master, '--properties-file', propertiesFile, '--load-spark-defaults'];
    const jars = place.jars.length === 0 ? [] : ['--jars', place.jars.join(',')];
    const args = [...options, ...jars, ...(await program.command(folder))];
    await runToEnd(place, submitter, args, folder, program);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function findSubmitter({ home, jars }: SparkSettings, needsDriver: boolean): Promise<string> {
  const submitter = join(home, 'bin', 'spark-submit');
  if (!existsSync(submitter)) {
    throw new FlywheelError(
      'UNAVAILABLE',
      `There is no Spark in ${home}; set SPARK_HOME to the folder that has bin/spark-submit.`,
    );
  }
  const missing = jars.find((jar) => !existsSync(jar));
  if (missing !== undefined) {
    throw new FlywheelError('UNAVAILABLE', `SPARK_JARS names ${missing}, which does not exist.`);
  }
  const isDriver = (jar: string) => /^postgresql-.*\.jar$/.test(basename(jar));
  const theirs = await readdir(join(home, 'jars')).catch(() => []);
  if (needsDriver && ![...jars, ...theirs].some(isDriver)) {
    throw new FlywheelError(
      'UNAVAILABLE',
      'Spark reaches the warehouse with the JDBC driver of PostgreSQL; name its file (postgresql-….jar) in SPARK_JARS.',
    );
  }
  return submitter;
}

async function runToEnd(
  place: SparkSettings,
  submitter: string,
  args: readonly string[],
  folder: string,
  { title, onLine, signal }: SparkProgram,
): Promise<void> {
  // A group of its own, so that Ctrl-C reaches us alone and the whole of it can be ended at once.
  const child = spawn(submitter, args, {
    cwd: folder,
    env: environmentOf(place),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const watcher = child.pid === undefined ? undefined : watchOver(child.pid, folder);
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    complaints = `${complaints}${chunk}`.slice(-complaintsMax);
  });
  if (onLine === undefined) child.stdout.resume();
  else createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY }).on('line', onLine);
  let force: NodeJS.Timeout | undefined;
  const end = () => {
    killGroup(child, 'SIGTERM');
    force = setTimeout(() => killGroup(child, 'SIGKILL'), endTimeoutMs);
  };
  signal?.addEventListener('abort', end, { once: true });
  // It may have come while the folder was filled, and does not come again.
  if (signal?.aborted) end();
  try {
    const code = await codeOf(child);
    if (signal?.aborted) throw cancelled(title);
    if (code === 0) return;
    const cause =
      lastCause(complaints) ??
      lastWords(complaints) ??
      `spark-submit ended with the code ${code ?? 'of a signal'}.`;
    throw new FlywheelError('UNAVAILABLE', `Spark could not finish ${title}: ${cause}`, {
      cause: new Error(complaints.slice(-20_000)),
    });
  } finally {
    signal?.removeEventListener('abort', end);
    clearTimeout(force);
    killGroup(child, 'SIGKILL');
    watcher?.kill('SIGKILL');
  }
}

/** Resolves to the exit code once its output has been read to the end; null when a signal ended it. */
function codeOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => {
      reject(new FlywheelError('UNAVAILABLE', `Spark could not be started: ${cause.message}.`, { cause }));
    });
    child.once('close', (code) => resolve(code));
  });
}

function environmentOf({ environment, home, master }: SparkSettings): Readonly<Record<string, string>> {
  return { ...environment, SPARK_HOME: home, ...(isLocal(master) ? { SPARK_LOCAL_IP: '127.0.0.1' } : {}) };
}

function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone already.
  }
}

/** A shell that waits for the end of its input, which comes when we are gone, and then ends the group and removes its folder. */
function watchOver(pid: number, folder: string): ChildProcess {
  const watcher = spawn(
    'sh',
    ['-c', 'cat >/dev/null; kill -9 "-$1"; rm -rf "$2"', 'sh', String(pid), folder],
    {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    },
  );
  watcher.on('error', () => {});
  watcher.unref();
  return watcher;
}

function cancelled(title: string): FlywheelError {
  return new FlywheelError('CANCELLED', `Spark was stopped before it finished ${title}.`);
}
