// What a customer looks for now, by what they did last: shares of it that the learner of outcomes reads.

import type { LateAct } from '../../warehouse/wheel/decision-context.js';

export interface ActShares {
  /** Of the category, the last few acts counting most. */
  readonly lately: number | null;
  /** Of the category, over some dozens of acts. */
  readonly usually: number | null;
  /** Of the product itself, the last few acts counting most. */
  readonly seen: number | null;
}

/** An act counts so much of the one that followed it: a handful of acts decide, or some fifteen. */
const latelyFading = 0.75;
const usuallyFading = 0.93;

const unknown: ActShares = { lately: null, usually: null, seen: null };

/**
 * The shares of a customer's acts, the newest first, for any product: sum over its acts of f^k / sum over all of f^k, where
 * k counts from 0 for the newest. From 0 to 1; null where nothing was done, and of the category where that is unknown.
 */
export function createActShares(
  acts: readonly LateAct[],
): (product: string, category: string | null) => ActShares {
  if (acts.length === 0) return () => unknown;
  const lately = shares(acts, latelyFading, ({ category }) => category);
  const usually = shares(acts, usuallyFading, ({ category }) => category);
  const seen = shares(acts, latelyFading, ({ product }) => product);
  return (product, category) => ({
    lately: category === null ? null : (lately.get(category) ?? 0),
    usually: category === null ? null : (usually.get(category) ?? 0),
    seen: seen.get(product) ?? 0,
  });
}

function shares(
  acts: readonly LateAct[],
  fading: number,
  keyOf: (act: LateAct) => string | null,
): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  let all = 0;
  for (const [place, act] of acts.entries()) {
    const weight = fading ** place;
    const key = keyOf(act);
    all += weight;
    if (key !== null) sums.set(key, (sums.get(key) ?? 0) + weight);
  }
  // Rounding must not lead beyond the whole.
  return new Map([...sums].map(([key, sum]) => [key, Math.min(1, sum / all)]));
}
