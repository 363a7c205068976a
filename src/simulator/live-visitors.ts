// Who comes to the simulated shop at a moment of a day, and how many come beside other hours.

import type { Random } from '../core/random.js';
import { drawIndex } from '../math/random-variates.js';
import { dayMs, dayOf } from './calendar.js';
import { ordersMean } from './create-world.js';
import { hourWeight } from './daily-rhythm.js';
import { demandFactors } from './demand.js';
import type { Shopper, ShopWorld } from './world.js';

const hourMs = 3_600_000;
/** The share of the visits that comes at any hour, so that the shop is never silent. */
const steadyShare = 0.4;

/** People whose day runs alike: of one daily rhythm in one region. */
interface Crowd {
  readonly rhythm: number;
  readonly utcOffsetHours: number;
  readonly shoppers: readonly Shopper[];
  /** How often each of them orders on the day. */
  readonly weights: readonly number[];
  readonly weight: number;
}

export interface VisitorsOfDay {
  /** Demand of each category on the day. */
  readonly factors: Float64Array;
  /** How many come in an hour of UTC beside the mean of the day, which is 1. */
  share(utcHour: number): number;
  /** Draws who comes in that hour: customers as often as they order, guests among them. */
  draw(random: Random, utcHour: number): Shopper | undefined;
}

function crowdsOf(world: ShopWorld, factors: Float64Array, day: number): readonly Crowd[] {
  const crowds = new Map<string, { shoppers: Shopper[]; weights: number[] }>();
  for (const shopper of [...world.guests, ...world.customers]) {
    const weight = ordersMean(shopper, factors, day);
    if (weight === 0) continue;
    const name = `${shopper.hidden.dailyRhythm}/${shopper.region}`;
    const crowd = crowds.get(name) ?? { shoppers: [], weights: [] };
    crowd.shoppers.push(shopper);
    crowd.weights.push(weight);
    crowds.set(name, crowd);
  }
  return [...crowds.values()].map(({ shoppers, weights }) => ({
    rhythm: shoppers[0]?.hidden.dailyRhythm ?? 0,
    utcOffsetHours: world.regions[shoppers[0]?.region ?? 0]?.utcOffsetHours ?? 0,
    shoppers,
    weights,
    weight: weights.reduce((sum, weight) => sum + weight, 0),
  }));
}

/** The visitors of a day: a pure function of the world and the day. Newcomers after the closing day are not among them. */
function visitorsOfDay(world: ShopWorld, day: number): VisitorsOfDay {
  const factors = demandFactors(world, day);
  const crowds = crowdsOf(world, factors, day);
  const byHour = Array.from({ length: 24 }, (_, hour) =>
    crowds.map((crowd) => crowd.weight * hourWeight(crowd.rhythm, crowd.utcOffsetHours, hour)),
  );
  const totals = byHour.map((weights) => weights.reduce((sum, weight) => sum + weight, 0));
  const mean = totals.reduce((sum, total) => sum + total, 0) / 24;
  return {
    factors,
    share: (hour) => steadyShare + (1 - steadyShare) * ((totals[hour] ?? mean) / mean),
    draw(random, hour) {
      const crowd = crowds[drawIndex(random, byHour[hour] ?? [])];
      return crowd?.shoppers[drawIndex(random, crowd.weights)];
    },
  };
}

/** The visitors of any day, those of the day last asked for being remembered. */
export function createVisitors(world: ShopWorld): (day: number) => VisitorsOfDay {
  let remembered: { readonly day: number; readonly visitors: VisitorsOfDay } | undefined;
  return (day) => {
    if (remembered?.day !== day) remembered = { day, visitors: visitorsOfDay(world, day) };
    return remembered.visitors;
  };
}

/** The hour of UTC, 0 to 23, that an instant lies in. */
export function utcHourOf(instantMs: number): number {
  return Math.floor((instantMs - dayOf(instantMs) * dayMs) / hourMs);
}
