// The folder of an embedded PostgreSQL: made once and whole, with a password of its own.

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { FlywheelError } from '../core/errors.js';
import { findPostgresBinaries, type PostgresBinaries } from './postgres-binaries.js';
import { findPostgresUser, type PostgresUser } from './postgres-user.js';

const run = promisify(execFile);

/** The user of the database, who owns everything in it. */
export const clusterUser = 'flywheel';

export interface PostgresCluster {
  readonly binaries: PostgresBinaries;
  readonly user: PostgresUser;
  /** What PostgreSQL calls its data directory. */
  readonly dataFolder: string;
  readonly logFile: string;
  /** Holds the port of the last start, so that it stays the same while it is free. */
  readonly portFile: string;
  readonly password: string;
  /** Whether this call made the cluster. */
  readonly isNew: boolean;
}

/**
 * Opens the cluster in `folder`, making it when there is none. It is made beside its place and moved there as one
 * step, so what a killed start leaves behind is never taken for a cluster; of several starts at once one wins.
 * Without `isDurable` its making does not wait for the disk.
 */
export async function openCluster(folder: string, isDurable = true): Promise<PostgresCluster> {
  const home = resolve(folder);
  const place = join(home, 'cluster');
  await makeFolder(home);
  const binaries = await findPostgresBinaries();
  const user = await findPostgresUser(join(place, 'data'), [place, binaries.postgres]);

  const passwordFile = join(place, 'password');
  let password = await readIfThere(passwordFile);
  const isNew = password === undefined;
  if (password === undefined) {
    await removeUnfinished(home);
    await makeCluster(home, place, binaries, user, isDurable);
    password = await readFile(passwordFile, 'utf8');
  }
  return {
    binaries,
    user,
    dataFolder: join(place, 'data'),
    logFile: join(home, 'postgres.log'),
    portFile: join(place, 'port'),
    password,
    isNew,
  };
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    // One process may open the cluster several times at once, each with a probe of its own.
    const probe = join(folder, `.probe-${process.pid}-${randomBytes(4).toString('hex')}`);
    await writeFile(probe, '');
    await rm(probe);
  } catch (error) {
    throw new FlywheelError(
      'UNAVAILABLE',
      `The folder ${folder} cannot be written to; allow it, or set FLYWHEEL_DATA_DIR to a folder that can.`,
      { cause: error },
    );
  }
}

async function makeCluster(
  home: string,
  place: string,
  binaries: PostgresBinaries,
  { owner, wrapper }: PostgresUser,
  isDurable: boolean,
): Promise<void> {
  const unfinished = join(home, `unfinished-${process.pid}-${randomBytes(4).toString('hex')}`);
  const dataFolder = join(unfinished, 'data');
  const passwordFile = join(unfinished, 'password');
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  await chmod(unfinished, 0o711);
  await writeFile(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 });
  if (owner !== undefined) {
    await chown(dataFolder, owner.uid, owner.gid);
    await chown(passwordFile, owner.uid, owner.gid);
  }
  const [program = '', ...before] = [...wrapper, binaries.initdb];
  try {
    await run(
      program,
      [
        ...before,
        `--pgdata=${dataFolder}`,
        `--username=${clusterUser}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        // The builtin provider sorts by code point and is the same on every machine and in every version.
        '--encoding=UTF8',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--locale=C',
        ...(isDurable ? [] : ['--no-sync']),
      ],
      { env: postgresEnvironment(), cwd: '/', ...owner },
    );
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw new FlywheelError(
      'UNAVAILABLE',
      `The embedded PostgreSQL cannot be set up in ${home}: ${lastLine(error)}`,
      { cause: error },
    );
  }
  try {
    await rename(unfinished, place);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    // Somebody else was faster: theirs is as good as ours.
    if ((await readIfThere(join(place, 'password'))) === undefined) throw error;
  }
}

/** Removes what starts left that did not live to finish; a start that is under way keeps its own. */
async function removeUnfinished(home: string): Promise<void> {
  for (const name of await readdir(home)) {
    const pid = /^unfinished-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) {
      await rm(join(home, name), { recursive: true, force: true });
    }
  }
}

/** The least that PostgreSQL needs; a user's own PGPORT, PGDATA or locale must not reach it. */
export function postgresEnvironment(): NodeJS.ProcessEnv {
  // biome-ignore lint/style/noProcessEnv: a child's environment is made from ours, it is no setting of our own
  const { PATH, SystemRoot, TEMP } = process.env;
  return { PATH, SystemRoot, TEMP, LC_ALL: 'C', TZ: 'UTC' };
}

/** Whether a process of this id runs, ours or another's. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** The text of a file, or undefined when there is none. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return undefined;
    if (code !== 'EACCES') throw error;
    throw new FlywheelError('UNAVAILABLE', `${path} belongs to another user; start as that user.`, {
      cause: error,
    });
  }
}

function lastLine(error: unknown): string {
  const output = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
  const text = output || (error instanceof Error ? error.message : String(error));
  return text.split('\n').find((line) => /error|fatal/i.test(line)) ?? text.split('\n').at(-1) ?? text;
}
