// The same work here and in Python, in turn, and how both compare.
import { median, pairedRatio } from '../lib/statistics.mjs';

/**
 * One line of the final table.
 * @typedef {object} Row
 * @property {string} part
 * @property {string} what
 * @property {string} ours
 * @property {string} [peer]
 * @property {string} [ratio] with its spread
 * @property {string} limit
 * @property {boolean} passes
 */

/**
 * Processor seconds of all threads of this process, the compiler's and the collector's among them: on one thread of an
 * idle machine they are the time that passes, and on a busy one they are still the work.
 * @template T @param {() => T} work
 */
export function processorTime(work) {
  const before = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(before);
  return { seconds: (user + system) / 1e6, result };
}

/**
 * Both do the work once uncounted (which compiles ours and fills the caches of theirs), then once in each round, one
 * after the other. Ratios are taken within a round, so that what slows a whole round down falls out.
 * @template T
 * @param {object} task
 * @param {import('./python.mjs').Peer} task.peer
 * @param {string} task.job of peer.py
 * @param {object} task.input
 * @param {() => T} task.ours
 * @param {number} task.rounds
 * @param {number} [task.times] how often ours does it in a round, where once is too short to time
 */
export async function sideBySide({ peer, job, input, ours, rounds, times = 1 }) {
  await peer.prepare(job, input);
  const cold = processorTime(ours);
  let theirs = await peer.run();
  /** @type {number[]} */
  const ourSeconds = [];
  /** @type {number[]} */
  const theirSeconds = [];
  let result = cold.result;
  for (let round = 0; round < rounds; round += 1) {
    const measured = processorTime(() => {
      for (let time = 1; time < times; time += 1) ours();
      return ours();
    });
    result = measured.result;
    ourSeconds.push(measured.seconds / times);
    theirs = await peer.run();
    theirSeconds.push(theirs.seconds);
  }
  return {
    cold: cold.seconds,
    ours: median(ourSeconds),
    theirs: median(theirSeconds),
    ratio: pairedRatio(ourSeconds, theirSeconds),
    result,
    /** @type {any} */
    theirResult: theirs.result,
  };
}

/** @typedef {Awaited<ReturnType<typeof sideBySide<any>>>} Compared */

/** @param {number} seconds */
export const inMilliseconds = (seconds) =>
  seconds < 0.1 ? `${(seconds * 1000).toFixed(1)} ms` : `${Math.round(seconds * 1000)} ms`;

/** @param {{ median: number, least: number, most: number }} ratio @param {number} digits */
export const ratioText = ({ median: middle, least, most }, digits) =>
  `${middle.toFixed(digits)} (${least.toFixed(digits)}–${most.toFixed(digits)})`;

/**
 * A line about time: `limit` is the most that ours may take of theirs.
 * @param {string} part @param {string} what @param {Compared} compared @param {number} limit
 * @returns {Row}
 */
export function timeRow(part, what, { cold, ours, theirs, ratio }, limit) {
  return {
    part,
    what,
    ours: `${inMilliseconds(ours)} (first ${inMilliseconds(cold)})`,
    peer: inMilliseconds(theirs),
    ratio: `${ratioText(ratio, 2)} ×`,
    limit: `≤ ${limit} ×`,
    passes: ratio.median <= limit,
  };
}
