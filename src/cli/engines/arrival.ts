// Puts a folder of somebody else's files in its place as one step, made by one process however many want it.

import { existsSync } from 'node:fs';
import { link, mkdir, mkdtemp, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FlywheelError } from '../../core/errors.js';

/** Whoever makes the folder says so this often, and counts as gone after that long without a word. */
const aliveEveryMs = 1_000;
const goneAfterMs = 15_000;

export interface Arrival {
  /** Where the folder is to stand. */
  readonly place: string;
  /** Makes the folder inside `draft`, an empty folder beside the place, and resolves to its path. */
  make(draft: string): Promise<string>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Resolves to the place once the folder is there. It is made beside its place and moved there as one step, so what an
 * interrupted start leaves is never taken for all of it. While one process makes it the others wait; should the one be
 * gone, another begins anew and clears what was left. Rejects as `make` does, or with CANCELLED.
 */
export async function arriveOnce({ place, make, signal }: Arrival): Promise<string> {
  await mkdir(dirname(place), { recursive: true }).catch((error: unknown) => refuse(place, error));
  const lock = `${place}.lock`;
  while (!existsSync(place)) {
    if (signal?.aborted) throw new FlywheelError('CANCELLED', 'It was interrupted.');
    if (await take(lock)) {
      const alive = setInterval(() => void touch(lock), aliveEveryMs);
      try {
        await clearDrafts(place);
        if (!existsSync(place)) await makeAndMove(place, make);
      } finally {
        clearInterval(alive);
        await rm(lock, { force: true });
      }
    } else {
      await sleep(200);
    }
  }
  return place;
}

async function makeAndMove(place: string, make: Arrival['make']): Promise<void> {
  const draft = await mkdtemp(`${place}.draft-`);
  try {
    const made = await make(draft);
    await rename(made, place).catch((error: unknown) => {
      if (!existsSync(place)) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Whether the lock is ours now. One that nobody keeps alive is taken away, so that the next try may get it. */
async function take(lock: string): Promise<boolean> {
  try {
    await (await open(lock, 'wx')).close();
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) refuse(lock, error);
  }
  if (await isForsaken(lock)) {
    // Of several that find it so, one moves it; who has moved another's new one instead gives it back.
    const moved = `${lock}.${process.pid}`;
    await rename(lock, moved).catch(() => {});
    if (!(await isForsaken(moved))) await link(moved, lock).catch(() => {});
    await rm(moved, { force: true });
  }
  return false;
}

async function isForsaken(lock: string): Promise<boolean> {
  const heard = await stat(lock).catch(() => undefined);
  return heard !== undefined && Date.now() - heard.mtimeMs > goneAfterMs;
}

function refuse(place: string, cause: unknown): never {
  const why = cause instanceof Error ? cause.message : String(cause);
  throw new FlywheelError('UNAVAILABLE', `Nothing can be kept in ${dirname(place)}: ${why}.`, { cause });
}

async function touch(lock: string): Promise<void> {
  const now = new Date();
  await utimes(lock, now, now).catch(() => {});
}

async function clearDrafts(place: string): Promise<void> {
  const beginning = `${basename(place)}.draft-`;
  for (const name of await readdir(dirname(place))) {
    if (!name.startsWith(beginning)) continue;
    await rm(join(dirname(place), name), { recursive: true, force: true });
  }
}
