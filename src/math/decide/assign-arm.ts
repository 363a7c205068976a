// Which arm of an experiment a unit belongs to: by a hash, so that it is the same everywhere and always.

import { createHash } from 'node:crypto';

/** How far the sum of shares may be from 1: room for rounding, not for mistakes. */
const sumTolerance = 1e-9;

/**
 * Where a unit stands on [0, 1) in an experiment: 53 bits of the SHA-256 of the JSON text ["experiment","unit"] (so
 * that no two pairs give the same text), the first 27 and the 26 from bit 32 on, most significant first. It depends on
 * nothing else. Over units it is uniform; the points of one unit in two experiments are independent.
 */
export function pointOf(experiment: string, unit: string): number {
  const digest = createHash('sha256')
    .update(JSON.stringify([experiment, unit]))
    .digest();
  return ((digest.readUInt32BE(0) >>> 5) * 0x4000000 + (digest.readUInt32BE(4) >>> 6)) / 0x20000000000000;
}

function checkShares(shares: ArrayLike<number>): void {
  let sum = 0;
  for (let arm = 0; arm < shares.length; arm += 1) {
    const share = shares[arm] ?? Number.NaN;
    if (!(share >= 0 && share <= 1))
      throw new RangeError(`The share of arm ${arm} is ${share}; a share is from 0 to 1.`);
    sum += share;
  }
  if (!(Math.abs(sum - 1) <= sumTolerance))
    throw new RangeError(`The shares of the arms sum to ${sum}; they must sum to 1.`);
}

/**
 * The arm, an index of `shares`, that a point of [0, 1) lies in: arms are consecutive stretches as long as their shares.
 * No point is in an arm whose share is 0; the last of the others takes what rounding leaves. Throws RangeError for
 * shares that are outside 0 to 1 or do not sum to 1 (to 1e-9), and for a point outside [0, 1).
 */
export function armAt(point: number, shares: ArrayLike<number>): number {
  checkShares(shares);
  if (!(point >= 0 && point < 1)) throw new RangeError(`A point is from 0 to below 1, not ${point}.`);
  let end = 0;
  let last = 0;
  for (let arm = 0; arm < shares.length; arm += 1) {
    const share = shares[arm] ?? 0;
    if (share === 0) continue;
    last = arm;
    end += share;
    if (point < end) return arm;
  }
  return last;
}

/**
 * The arm of a unit in an experiment: `armAt` of its `pointOf`. The same in every process, on every replica and after
 * every restart.
 *
 * When shares change, only units between the old and the new place of a boundary move. So with two arms nobody moves
 * but those who must; with more, give the holdout an experiment of its own (`[0.1, 0.9]`) and the arms of the rest
 * another: then its share moves nobody from one of those arms to another, because the two points are independent.
 *
 * This is the hashed randomisation of R. Kohavi et al., "Controlled experiments on the web: survey and practical guide",
 * Data Mining and Knowledge Discovery 18, 2009, section 4.1. Throws RangeError as `armAt` does.
 */
export function armOf(experiment: string, unit: string, shares: ArrayLike<number>): number {
  return armAt(pointOf(experiment, unit), shares);
}
