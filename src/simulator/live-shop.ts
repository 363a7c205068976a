// The simulated shop's present: what its customers do and its sensors read, from any moment on.

import { drawPoisson } from '../math/random-variates.js';
import type { Shelves } from './basket.js';
import { dayOf } from './calendar.js';
import { createChoices } from './choices.js';
import { actRecord, type LiveEvent, readingRecord, type VisitName } from './live-records.js';
import { readSensors } from './live-sensors.js';
import { drawVisit, visitMsMax } from './live-visit.js';
import { createVisitors, utcHourOf, type VisitorsOfDay } from './live-visitors.js';
import type { ShopWorld } from './world.js';

/** What happens is drawn by slots of this length: each is a pure function of the seed and its number. */
const slotMs = 10_000;
/** Visits that begin in a slot, on average over the day: with some six acts each, about four a second. */
const visitsPerSlot = 5.8;

/** What the visits that begin in a slot bring, then and later; in no order. */
function eventsOfVisits(shelves: Shelves, visitors: VisitorsOfDay, slot: number): LiveEvent[] {
  const { world } = shelves;
  const slotStartMs = slot * slotMs;
  const hour = utcHourOf(slotStartMs);
  const random = world.random.stream(`live/${slot}`);
  const visits = drawPoisson(random, visitsPerSlot * visitors.share(hour));
  return Array.from({ length: visits }, (_, place) => {
    const ofVisit = random.stream(`visit/${place}`);
    const shopper = visitors.draw(ofVisit, hour);
    if (shopper === undefined) return [];
    const startMs = slotStartMs + ofVisit.integer(slotMs);
    const name: VisitName = { shopper, startMs, slot, place };
    return drawVisit(ofVisit, shelves, { shopper, startMs, factors: visitors.factors }).map((act, number) =>
      actRecord(world, name, act, number),
    );
  }).flat();
}

/**
 * Everything from `fromMs` (included) to `untilMs` (excluded, and perhaps infinite) in order of time. A pure function of
 * the world and the two instants: neighbouring stretches put together give what one stretch gives, with the same ids.
 * Memory is bounded by the visits of twenty minutes.
 */
export function* liveEvents(
  world: ShopWorld,
  fromMs: number,
  untilMs: number,
): Generator<LiveEvent, void, undefined> {
  const shelves = { world, choices: createChoices(world) };
  const visitorsOf = createVisitors(world);
  const waiting = new Map<number, LiveEvent[]>();
  const firstSlot = Math.floor(fromMs / slotMs);
  // The visits before are drawn again, unseen: some of them are still going on.
  for (let slot = firstSlot - visitMsMax / slotMs; slot * slotMs < untilMs; slot += 1) {
    for (const event of eventsOfVisits(shelves, visitorsOf(dayOf(slot * slotMs)), slot)) {
      const due = Math.floor(event.atMs / slotMs);
      const together = waiting.get(due);
      if (together === undefined) waiting.set(due, [event]);
      else together.push(event);
    }
    const acts = waiting.get(slot) ?? [];
    waiting.delete(slot);
    if (slot < firstSlot) continue;
    const readings = readSensors(world.random, slot * slotMs, (slot + 1) * slotMs).map(readingRecord);
    for (const event of [...acts, ...readings].sort((one, other) => one.atMs - other.atMs)) {
      if (event.atMs >= fromMs && event.atMs < untilMs) yield event;
    }
  }
}
