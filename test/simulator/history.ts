// A shop of middle size and everything that happens in it, for tests that measure life against its own truth.

import { actShop, type ShopInvoice } from '../../src/simulator/act.js';
import { dayMs, dayOf } from '../../src/simulator/calendar.js';
import { createShopWorld } from '../../src/simulator/create-world.js';
import type { Product, Shopper, ShopWorld } from '../../src/simulator/world.js';

export const until = new Date('2026-03-18T15:30:00Z');

export interface History {
  readonly world: ShopWorld;
  readonly invoices: readonly ShopInvoice[];
  readonly sales: readonly ShopInvoice[];
}

export function createHistory(seed: number): History {
  const world = createShopWorld({ seed, until, customers: 2_000, products: 300, years: 2 });
  const invoices = [...actShop(world, world.setting.opensOn * dayMs, until.getTime())];
  return { world, invoices, sales: invoices.filter((invoice) => invoice.kind === 'SALE') };
}

/** Every line of the invoices, with the day and the shopper. */
export function linesOf(
  invoices: readonly ShopInvoice[],
): { day: number; shopper: Shopper; product: Product; quantity: number; unitPriceCents: number }[] {
  return invoices.flatMap((invoice) =>
    invoice.lines.map((line) => ({ ...line, day: dayOf(invoice.soldAtMs), shopper: invoice.shopper })),
  );
}

/** Pearson's correlation of two equally long series. */
export function correlation(xs: readonly number[], ys: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(xs), mean(ys)];
  let xy = 0;
  let xx = 0;
  let yy = 0;
  for (const [index, value] of xs.entries()) {
    const [dx, dy] = [value - x, (ys[index] ?? 0) - y];
    xy += dx * dy;
    xx += dx * dx;
    yy += dy * dy;
  }
  return xy / Math.sqrt(xx * yy);
}
