// Lets the people of the simulated shop act: the dated invoices of any stretch of days, past or still to come.

import type { Random } from '../core/random.js';
import { drawGamma } from '../math/random-variates.js';
import { drawBasket, type Shelves } from './basket.js';
import { dateText, dayMs, dayOf } from './calendar.js';
import { createChoices } from './choices.js';
import { customersToCome, ordersMean } from './create-world.js';
import { drawTimeOfDayMs } from './daily-rhythm.js';
import { demandFactors } from './demand.js';
import { priceCents } from './prices.js';
import { promotionsOfDay } from './promotions.js';
import type { Product, Shopper, ShopWorld } from './world.js';

/** Goods come back, and the books are corrected, within this many days after the purchase. */
const aftermathDaysMax = 45;
const adjustmentShare = 0.0012;

export type ShopKind = 'SALE' | 'RETURN' | 'ADJUSTMENT';

export interface ShopLine {
  readonly product: Product;
  /** Negative for a return. */
  readonly quantity: number;
  /** Negative for an adjustment. */
  readonly unitPriceCents: number;
}

export interface ShopInvoice {
  readonly invoice: string;
  readonly kind: ShopKind;
  readonly shopper: Shopper;
  readonly soldAtMs: number;
  /** At least one; a line's place counts from 1 in this order. */
  readonly lines: readonly ShopLine[];
}

type Unnumbered = Omit<ShopInvoice, 'invoice'>;

const invoicePrefix: Readonly<Record<ShopKind, string>> = { SALE: 'S', RETURN: 'R', ADJUSTMENT: 'A' };

/** What comes back of a sale, some days later; null when all of it is kept. */
function drawReturn(random: Random, world: ShopWorld, sale: Unnumbered): Unnumbered | null {
  const lines: ShopLine[] = [];
  for (const line of sale.lines) {
    const share = world.categories[line.product.category]?.returnShare ?? 0;
    if (random.uniform() >= share * sale.shopper.hidden.returnProneness) continue;
    const units = random.uniform() < 0.7 ? line.quantity : 1 + random.integer(line.quantity);
    lines.push({ ...line, quantity: -units });
  }
  if (lines.length === 0) return null;
  const days = Math.min(aftermathDaysMax, 3 + Math.floor(drawGamma(random, 2, 5)));
  return { ...sale, kind: 'RETURN', lines, soldAtMs: officeHourMs(random, dayOf(sale.soldAtMs) + days) };
}

/** A credit on one line of a sale that went wrong, booked some days later; null nearly always. */
function drawAdjustment(random: Random, sale: Unnumbered): Unnumbered | null {
  if (random.uniform() >= adjustmentShare) return null;
  const line = sale.lines[random.integer(sale.lines.length)];
  if (line === undefined) return null;
  const credit = Math.max(1, Math.round(line.unitPriceCents * (0.1 + 0.4 * random.uniform())));
  const soldAtMs = officeHourMs(random, dayOf(sale.soldAtMs) + 1 + random.integer(14));
  return {
    ...sale,
    kind: 'ADJUSTMENT',
    lines: [{ ...line, quantity: 1, unitPriceCents: -credit }],
    soldAtMs,
  };
}

/** Returns and corrections are booked by clerks, between 8 and 17 o'clock UTC. */
function officeHourMs(random: Random, day: number): number {
  return day * dayMs + (8 * 3600 + random.integer(9 * 3600)) * 1000;
}

/** All sales of one day, in no order: a pure function of the world and the day. */
function salesOfDay(
  shelves: Shelves,
  shoppers: readonly Shopper[],
  day: number,
  random: Random,
): Unnumbered[] {
  const { world } = shelves;
  const factors = demandFactors(world, day);
  const promotions = promotionsOfDay(world, day);
  const sales: Unnumbered[] = [];
  for (const shopper of shoppers) {
    const orders = ordersMean(shopper, factors, day) * world.pace;
    if (orders === 0) continue;
    const arrives = shopper.hidden.buysOnArrival && shopper.hidden.spells[0]?.from === day;
    // At most one order a day, with the chance that a Poisson process has at least one.
    if (!arrives && random.uniform() >= 1 - Math.exp(-orders)) continue;
    const lines = drawBasket(random, shelves, shopper, day, factors).map(({ product, quantity }) => ({
      product,
      quantity,
      unitPriceCents: priceCents(world.setting, product, day, promotions[product.category] ?? null),
    }));
    if (lines.length === 0) continue;
    const utcOffsetHours = world.regions[shopper.region]?.utcOffsetHours ?? 0;
    const soldAtMs = day * dayMs + drawTimeOfDayMs(random, shopper.hidden.dailyRhythm, utcOffsetHours);
    sales.push({ kind: 'SALE', shopper, soldAtMs, lines });
  }
  return sales;
}

/** Puts the invoices of a day in order of time and numbers them, by kind, from 1. */
function numbered(day: number, invoices: Unnumbered[]): ShopInvoice[] {
  const stem = dateText(day).replaceAll('-', '');
  const counts = { SALE: 0, RETURN: 0, ADJUSTMENT: 0 };
  return invoices
    .sort((one, other) => one.soldAtMs - other.soldAtMs)
    .map((invoice) => {
      counts[invoice.kind] += 1;
      const number = String(counts[invoice.kind]).padStart(4, '0');
      return { ...invoice, invoice: `${invoicePrefix[invoice.kind]}${stem}-${number}` };
    });
}

/**
 * The invoices from `fromMs` (included) to `untilMs` (excluded), in order of time. A pure function of the world and
 * the two instants: neighbouring stretches put together give what one stretch gives, before the closing day and
 * after it, so that a shop can go on from any moment. Memory is bounded by a day and the returns still to come.
 */
export function* actShop(
  world: ShopWorld,
  fromMs: number,
  untilMs: number,
): Generator<ShopInvoice, void, undefined> {
  const lastDay = dayOf(untilMs - 1);
  const shoppers = [...world.guests, ...world.customers, ...customersToCome(world, lastDay)];
  const shelves = { world, choices: createChoices(world) };
  const aftermath = new Map<number, Unnumbered[]>();
  // The days before are acted again, unseen: what is returned in this stretch may have been bought in them.
  const firstDay = Math.max(world.setting.opensOn, dayOf(fromMs) - aftermathDaysMax);
  for (let day = firstDay; day <= lastDay; day += 1) {
    const random = world.random.stream(`day/${day}`);
    const sales = salesOfDay(shelves, shoppers, day, random);
    for (const sale of sales) {
      for (const later of [drawReturn(random, world, sale), drawAdjustment(random, sale)]) {
        if (later === null) continue;
        const due = dayOf(later.soldAtMs);
        aftermath.set(due, [...(aftermath.get(due) ?? []), later]);
      }
    }
    const invoices = numbered(day, [...sales, ...(aftermath.get(day) ?? [])]);
    aftermath.delete(day);
    for (const invoice of invoices) {
      if (invoice.soldAtMs >= fromMs && invoice.soldAtMs < untilMs) yield invoice;
    }
  }
}
