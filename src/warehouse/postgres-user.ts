// Whom PostgreSQL runs as: ourselves or, because it refuses root, somebody that root lends it.

import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { FlywheelError } from '../core/errors.js';

const run = promisify(execFile);

export interface PostgresUser {
  /** The user to start its programs as, and to own its files; undefined: our own. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  /** The program, with its arguments, that starts the others; empty: none. */
  readonly wrapper: readonly string[];
}

const ourselves: PostgresUser = { owner: undefined, wrapper: [] };

/** The id that stands for nobody, whatever its name. */
const nobodyId = 65_534;

/**
 * Root to the files, nobody to whoever asks who it is: a user namespace of its own, which Linux has and containers may
 * forbid. It reaches what only root may enter, such as a project in root's home.
 */
const disguised: PostgresUser = {
  owner: undefined,
  wrapper: ['unshare', '--user', `--map-user=${nobodyId}`, `--map-group=${nobodyId}`, '--'],
};

/**
 * For anybody but root, themselves. Root lends the owner of `dataFolder` or, when that is still to be made, the user
 * `postgres` or `nobody`, if that user can reach all of `paths`; otherwise PostgreSQL runs as a root in disguise.
 * UNAVAILABLE, with what to do, when nothing of this works.
 */
export async function findPostgresUser(dataFolder: string, paths: readonly string[]): Promise<PostgresUser> {
  if (process.getuid?.() !== 0) return ourselves;
  const made = await stat(dataFolder).catch(() => undefined);
  if (made?.uid === 0) return (await canDisguise()) ? disguised : refuse(dataFolder);
  const owner = made ?? (await findLent());
  if (owner === undefined) return (await canDisguise()) ? disguised : refuse(undefined);
  const barrier = await findBarrier(paths, owner);
  if (barrier === undefined) return { owner: { uid: owner.uid, gid: owner.gid }, wrapper: [] };
  return made === undefined && (await canDisguise()) ? disguised : refuse(barrier);
}

function refuse(barrier: string | undefined): never {
  const why =
    barrier === undefined ? 'there is no other user to run it as' : `no other user may enter ${barrier}`;
  throw new FlywheelError(
    'UNAVAILABLE',
    `PostgreSQL does not run as root, and ${why}: start as an ordinary user, ` +
      'or move the project and FLYWHEEL_DATA_DIR to a folder that everybody may enter.',
  );
}

async function findLent(): Promise<{ uid: number; gid: number } | undefined> {
  for (const name of ['postgres', 'nobody']) {
    const uid = await idOf('-u', name);
    const gid = await idOf('-g', name);
    if (uid !== undefined && gid !== undefined) return { uid, gid };
  }
  return undefined;
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

async function canDisguise(): Promise<boolean> {
  const [program = '', ...args] = disguised.wrapper;
  return run(program, [...args, 'true']).then(
    () => true,
    () => false,
  );
}

/** The first folder on the way to one of the paths that the user may not pass; undefined when all ways are free. */
async function findBarrier(
  paths: readonly string[],
  user: { readonly uid: number; readonly gid: number },
): Promise<string | undefined> {
  for (const path of paths) {
    let barrier: string | undefined;
    for (let folder = dirname(path); ; folder = dirname(folder)) {
      const { mode, uid, gid } = await stat(folder);
      const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
      if ((mode & bit) === 0) barrier = folder;
      if (folder === dirname(folder)) break;
    }
    if (barrier !== undefined) return barrier;
  }
  return undefined;
}
