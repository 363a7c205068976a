// Processor time of the server and of the database, from /proc: where a request's cost lies, whatever else the machine does.
import { readdir, readFile } from 'node:fs/promises';

/** Linux counts processor time in hundredths of a second, whatever the kernel's own tick is. */
const MICROSECONDS_PER_TICK = 10_000;

/** @param {number | string} pid @returns {Promise<{ parent: number, ticks: number, ofChildren: number } | undefined>} */
async function statOf(pid) {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The command's name stands in parentheses and may hold anything; what follows is numbers.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [, parent = 0, , , , , , , , , , user = 0, system = 0, childrenUser = 0, childrenSystem = 0] =
    fields?.map(Number) ?? [];
  return fields && { parent, ticks: user + system, ofChildren: childrenUser + childrenSystem };
}

/** @param {number} pid */
export async function processMicroseconds(pid) {
  const stat = await statOf(pid);
  return stat && stat.ticks * MICROSECONDS_PER_TICK;
}

/** Of each thread of a process, by its number; the main thread bears that of the process. @param {number} pid */
export async function threadMicroseconds(pid) {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const stats = await Promise.all(threads.map((thread) => statOf(`${pid}/task/${thread}`)));
  return new Map(
    threads.map((thread, place) => [thread, (stats[place]?.ticks ?? 0) * MICROSECONDS_PER_TICK]),
  );
}

/** @param {number} pid @returns {Promise<number | undefined>} */
export async function parentOf(pid) {
  return (await statOf(pid))?.parent;
}

/**
 * Of all processes that a parent has or had.
 * @param {number} parent
 */
export async function childrenMicroseconds(parent) {
  const entries = await readdir('/proc').catch(() => []);
  const stats = await Promise.all(entries.filter((name) => /^\d+$/.test(name)).map(statOf));
  const living = stats.reduce((sum, stat) => sum + (stat?.parent === parent ? stat.ticks : 0), 0);
  const ended = (await statOf(parent))?.ofChildren ?? 0;
  return (living + ended) * MICROSECONDS_PER_TICK;
}
