// At what time of the day people buy.

import type { Random } from '../core/random.js';
import { drawIndex } from '../math/random-variates.js';
import { circularSwell } from '../math/von-mises.js';

/** A day with one main hour; the sharper, the more is bought around it. Hours are local. */
interface DailyRhythm {
  readonly name: string;
  readonly peakHour: number;
  readonly sharpness: number;
}

export const dailyRhythms: readonly DailyRhythm[] = [
  { name: 'morning', peakHour: 9, sharpness: 2.5 },
  { name: 'lunch break', peakHour: 12.5, sharpness: 5 },
  { name: 'evening', peakHour: 20, sharpness: 3 },
  { name: 'office hours', peakHour: 13, sharpness: 2 },
];

/** Weight of each local hour, by rhythm. Almost nobody buys in the small hours. */
const hourWeights = dailyRhythms.map((rhythm) =>
  Float64Array.from({ length: 24 }, (_, hour) => {
    const angle = (2 * Math.PI * (hour + 0.5 - rhythm.peakHour)) / 24;
    return circularSwell(angle, rhythm.sharpness) * (hour >= 1 && hour < 6 ? 0.15 : 1);
  }),
);

/** How much of the day's buying by this rhythm falls into an hour of UTC, beside the other hours. */
export function hourWeight(rhythm: number, utcOffsetHours: number, utcHour: number): number {
  return hourWeights[rhythm]?.[(utcHour + utcOffsetHours + 24) % 24] ?? 0;
}

/** Draws a moment of the UTC day in whole seconds, in ms since midnight UTC. */
export function drawTimeOfDayMs(random: Random, rhythm: number, utcOffsetHours: number): number {
  const localHour = drawIndex(random, hourWeights[rhythm] ?? []);
  const hour = (localHour - utcOffsetHours + 24) % 24;
  return (hour * 3600 + random.integer(3600)) * 1000;
}
