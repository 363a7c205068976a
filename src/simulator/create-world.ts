// Makes the simulated shop's world out of a seed: everything that is true before anybody acts.

import { setImmediate } from 'node:timers/promises';
import { createRandom } from '../core/random.js';
import { dayOf, daysPerYear } from './calendar.js';
import { demandFactors } from './demand.js';
import { drawProducts } from './products.js';
import { drawCustomer, drawGuest, drawLeanings, type ShopperDeps } from './shoppers.js';
import { categories } from './vocabulary/categories.js';
import { regions } from './vocabulary/regions.js';
import type { Shopper, ShopSetting, ShopWorld } from './world.js';

/** The mean number of lines that a world is held to; their number varies by about 1 %. */
const linesMean = 275_000;
/** Lines beyond those that tastes ask for: complements and returns. */
const furtherLines = 1.1;
const guestsPerCustomer = 0.012;
const customersPerStep = 10;

export interface WorldOptions {
  readonly seed: number;
  /** The present of the shop: its past ends here. */
  readonly until: Date;
  readonly customers: number;
  readonly products: number;
  readonly years: number;
}

/** Whether the day lies in one of the shopper's spells. */
function isCustomerOn(shopper: Shopper, day: number): boolean {
  for (const spell of shopper.hidden.spells) {
    if (spell.from <= day && day <= spell.to) return true;
  }
  return false;
}

/** Orders of a shopper on a day, on average, at pace 1; 0 outside the shopper's spells. */
export function ordersMean(shopper: Shopper, factors: Float64Array, day: number): number {
  if (!isCustomerOn(shopper, day)) return 0;
  const { ordersPerYear, categoryShares } = shopper.hidden;
  let wanted = 0;
  for (let index = 0; index < factors.length; index += 1)
    wanted += (categoryShares[index] ?? 0) * (factors[index] ?? 0);
  return (ordersPerYear / daysPerYear) * wanted;
}

/** Lines of an order of a shopper, on average. */
function linesPerOrder(shopper: Shopper): number {
  return (1 + shopper.hidden.extraLines) * furtherLines;
}

/**
 * What order rates are multiplied by to hold a world to its mean number of lines. First purchases come whatever the
 * pace, so they are taken off first; the rest is measured at pace 1 on every fifth day. Yields between the days.
 */
function* paceOf(world: Omit<ShopWorld, 'pace'>): Generator<void, number, undefined> {
  const { opensOn, closesOn } = world.setting;
  const step = 5;
  let firstLines = 0;
  for (const shopper of world.customers) {
    const arrivesOn = shopper.hidden.spells[0]?.from ?? opensOn;
    if (shopper.hidden.buysOnArrival && arrivesOn >= opensOn) firstLines += linesPerOrder(shopper);
  }
  let furtherOrdersLines = 0;
  for (let day = opensOn; day <= closesOn; day += step) {
    const factors = demandFactors(world, day);
    for (const shopper of [...world.customers, ...world.guests]) {
      furtherOrdersLines += step * ordersMean(shopper, factors, day) * linesPerOrder(shopper);
    }
    yield;
  }
  return Math.min(1, (linesMean - firstLines) / furtherOrdersLines);
}

function shopperDeps(world: Pick<ShopWorld, 'random' | 'setting' | 'products'>): ShopperDeps {
  return { ...world, leanings: drawLeanings(world.random.stream('leanings')) };
}

/** The making of a world, in steps of about a millisecond. */
function* worldSteps(options: WorldOptions): Generator<void, ShopWorld, undefined> {
  const random = createRandom(options.seed);
  const closesOn = dayOf(options.until.getTime());
  const setting: ShopSetting = {
    seed: options.seed,
    customers: options.customers,
    products: options.products,
    opensOn: closesOn - Math.round(options.years * daysPerYear),
    closesOn,
  };
  const products = drawProducts(random, setting);
  const productsByCategory = categories.map((_, category) =>
    products.filter((product) => product.category === category).map((product) => product.index),
  );
  const deps = shopperDeps({ random, setting, products });
  const guests = Math.max(1, Math.round(options.customers * guestsPerCustomer));
  const customers: Shopper[] = [];
  for (let index = 0; index < options.customers; index += 1) {
    customers.push(drawCustomer(deps, index));
    if (index % customersPerStep === 0) yield;
  }
  const world = {
    setting,
    random,
    categories,
    regions,
    products,
    productsByCategory,
    customers,
    guests: Array.from({ length: guests }, (_, index) => drawGuest(deps, index)),
  };
  return { ...world, pace: yield* paceOf(world) };
}

/**
 * Makes the world: a pure function of the options, and of `until` only by its day (UTC).
 * Its past holds at most 300,000 lines, however many customers it has: they buy less often then.
 */
export function createShopWorld(options: WorldOptions): ShopWorld {
  const steps = worldSteps(options);
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  return step.value;
}

/** The same, for a process that answers meanwhile: other work has its turn between the steps. Rejects once aborted. */
export async function createShopWorldAside(options: WorldOptions, signal: AbortSignal): Promise<ShopWorld> {
  const steps = worldSteps(options);
  let step = steps.next();
  while (step.done !== true) {
    await setImmediate(undefined, { signal });
    step = steps.next();
  }
  return step.value;
}

/** The customers who arrive after the closing day, up to and with `day`, in the order of their arrival. */
export function customersToCome(world: ShopWorld, day: number): readonly Shopper[] {
  const deps = shopperDeps(world);
  const coming: Shopper[] = [];
  while (day > world.setting.closesOn) {
    const shopper = drawCustomer(deps, world.setting.customers + coming.length);
    if ((shopper.hidden.spells[0]?.from ?? Number.POSITIVE_INFINITY) > day) break;
    coming.push(shopper);
  }
  return coming;
}
