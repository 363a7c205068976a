// The acts and readings of the simulated shop as the events that any producer may send.

import { dateText, dayOf } from './calendar.js';
import type { Reading } from './live-sensors.js';
import type { VisitAct, VisitLine } from './live-visit.js';
import { shopMappings } from './records.js';
import type { Shopper, ShopWorld } from './world.js';

/** An event in the plain JSON form of its kind, and when it happens. */
export interface LiveEvent {
  readonly kind: 'behaviour' | 'measurement';
  readonly atMs: number;
  readonly record: Readonly<Record<string, unknown>>;
}

/** By what a visit is told from every other. */
export interface VisitName {
  readonly shopper: Shopper;
  readonly startMs: number;
  readonly slot: number;
  /** Counts the visits of the slot from 0. */
  readonly place: number;
}

const source = shopMappings.sales.source;

function itemsOf(lines: readonly VisitLine[]) {
  return lines.map(({ product, quantity, unitPriceCents }) => ({
    item_id: product.code,
    quantity,
    price: unitPriceCents / 100,
  }));
}

/** What is particular to the type of an act. */
function detailsOf(world: ShopWorld, { shopper, startMs, slot, place }: VisitName, act: VisitAct) {
  const region = world.regions[shopper.region]?.name;
  const order = `${dateText(dayOf(startMs)).replaceAll('-', '')}-${slot}-${place}`;
  switch (act.type) {
    case 'search':
      return { text: act.text };
    case 'purchase':
      return { order_id: `S${order}`, items: itemsOf(act.lines), region };
    case 'return':
      // A return has a number of its own, as in the shop's past, and says which order it belongs to.
      return { order_id: `R${order}`, items: itemsOf(act.lines), region, of_order: `S${order}` };
    case 'rating':
      return { item_id: act.product.code, rating: act.stars, text: act.text };
    case 'add_to_cart':
      return { item_id: act.product.code, quantity: act.quantity };
    default:
      return { item_id: act.product.code };
  }
}

/** The `number`th act of a visit; its id follows from slot and place, so that whoever tells it again tells the same. */
export function actRecord(world: ShopWorld, visit: VisitName, act: VisitAct, number: number): LiveEvent {
  const { code } = visit.shopper;
  return {
    kind: 'behaviour',
    atMs: act.atMs,
    record: {
      id: `${visit.slot}-${visit.place}-${number}`,
      source,
      event: act.type,
      ...(code === null ? {} : { user_id: code }),
      timestamp: new Date(act.atMs).toISOString(),
      ...detailsOf(world, visit, act),
    },
  };
}

export function readingRecord({ device, number, atMs, celsius }: Reading): LiveEvent {
  return {
    kind: 'measurement',
    atMs,
    record: {
      event_id: `${device}-${number}`,
      source,
      device,
      series: 'temperature',
      event_time: atMs / 1000,
      value: celsius,
    },
  };
}
