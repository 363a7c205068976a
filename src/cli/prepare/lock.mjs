// Lets one start at a time prepare the clone; a start that was killed holds nobody up.

import {
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The holder touches its lock more often than this, so an older one is nobody's. */
const staleAfterMs = 30_000;
const touchEveryMs = 2_000;

/**
 * @template T
 * @param {string} root
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(root, work) {
  const folder = join(root, 'dist');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, '.preparing');
  let hasSaid = false;
  while (!take(path)) {
    if (!hasSaid) console.error('Another start is preparing this folder; waiting for it ...');
    hasSaid = true;
    await sleep(200);
  }
  const touching = setInterval(() => utimesSync(path, new Date(), new Date()), touchEveryMs);
  const release = () => rmSync(path, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    clearInterval(touching);
    process.off('exit', release);
    release();
  }
}

function take(path) {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  if (isStale(path)) {
    // Of several that find it stale, one moves it; who has moved another's new one instead gives it back.
    const mine = `${path}.${process.pid}`;
    try {
      renameSync(path, mine);
      if (!isStale(mine)) linkSync(mine, path);
      rmSync(mine);
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
  }
  return false;
}

function isStale(path) {
  try {
    if (Date.now() - statSync(path).mtimeMs > staleAfterMs) return true;
    const pid = Number(readFileSync(path, 'utf8'));
    // Just made and not written yet.
    if (pid === 0) return false;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}
