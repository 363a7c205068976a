// Whether a history begins in the midst of a period, because that is where the facts of the warehouse begin.

import type { PeriodGrain } from '../src/metrics/grain.js';

/** Days and shorter periods begin late by themselves, since a shop is closed at night. */
const longGrains: ReadonlySet<PeriodGrain> = new Set(['WEEK', 'MONTH', 'QUARTER', 'YEAR']);

/** Facts may begin so late in a period that is whole: after a tenth of it, or after a holiday and a night. */
const lateShare = 0.1;
const lateMsMin = 36 * 3_600_000;

export interface FirstPeriodReads {
  /** Whether there is any fact of the metric between two moments. */
  hasAny(from: Date, to: Date): Promise<boolean>;
  /** Whether there is one that the filter matches. */
  hasMatching(from: Date, to: Date): Promise<boolean>;
}

/**
 * True when nothing at all happened at the beginning of the first period, but something at that of the second: facts that
 * come once in a period are no sign, nor is the first sale of a product in a shop that was there before.
 */
export async function isFirstPartial(
  grain: PeriodGrain,
  first: Date,
  second: Date,
  { hasAny, hasMatching }: FirstPeriodReads,
): Promise<boolean> {
  if (!longGrains.has(grain)) return false;
  const lateMs = Math.max(lateMsMin, lateShare * (second.getTime() - first.getTime()));
  const late = (at: Date) => new Date(at.getTime() + lateMs);
  const [begins, goesOn] = await Promise.all([hasAny(first, late(first)), hasMatching(second, late(second))]);
  return !begins && goesOn;
}
