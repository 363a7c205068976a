import { beforeAll, describe, expect, it } from 'vitest';
import { actShop, type ShopInvoice } from '../../src/simulator/act.js';
import { dayMs, dayOf } from '../../src/simulator/calendar.js';
import { createShopWorld } from '../../src/simulator/create-world.js';
import { createHistory, type History, linesOf, until } from './history.js';

const untilMs = until.getTime();

function brief(invoices: Iterable<ShopInvoice>): string[] {
  return [...invoices].map(
    ({ invoice, shopper, soldAtMs, lines }) =>
      `${invoice} ${shopper.code} ${soldAtMs} ${lines.map((line) => `${line.product.code}x${line.quantity}@${line.unitPriceCents}`)}`,
  );
}

describe('the acts of a shop', () => {
  let history: History;
  beforeAll(() => {
    history = createHistory(5);
  });

  it('come in order of time, from the opening to the end and not beyond', () => {
    const times = history.invoices.map((invoice) => invoice.soldAtMs);
    expect(times).toEqual([...times].sort((one, other) => one - other));
    expect(times.at(0)).toBeGreaterThanOrEqual(history.world.setting.opensOn * dayMs);
    expect(times.at(-1)).toBeLessThan(untilMs);
    // Two years with sales on every single day.
    expect(new Set(times.map(dayOf)).size).toBe(
      history.world.setting.closesOn - history.world.setting.opensOn + 1,
    );
  });

  it('have numbers of their own and at least one line each', () => {
    expect(new Set(history.invoices.map((invoice) => invoice.invoice)).size).toBe(history.invoices.length);
    expect(history.invoices.every((invoice) => invoice.lines.length > 0)).toBe(true);
  });

  it('are the same whether told in one stretch or in several, past and future', () => {
    const { world } = history;
    const from = untilMs - 20 * dayMs;
    const cuts = [
      from,
      from + 3 * dayMs + 12_345_000,
      untilMs,
      untilMs + 2 * dayMs + 1,
      untilMs + 25 * dayMs,
    ];
    const parts = cuts.slice(1).flatMap((end, index) => brief(actShop(world, cuts[index] ?? 0, end)));
    const whole = brief(actShop(world, from, cuts.at(-1) ?? 0));
    expect(whole.length).toBeGreaterThan(500);
    expect(parts).toEqual(whole);
    expect(brief(history.invoices.filter((invoice) => invoice.soldAtMs >= from))).toEqual(
      brief(actShop(world, from, untilMs)),
    );
  });

  it('go on after the closing day with the same customers, and with new ones', () => {
    const codes = [...actShop(history.world, untilMs, untilMs + 30 * dayMs)].map((act) => act.shopper.code);
    const known = new Set(history.world.customers.map((customer) => customer.code));
    const newcomers = new Set(codes.filter((code) => code !== null && !known.has(code)));
    expect(codes.filter((code) => known.has(code)).length).toBeGreaterThan(300);
    expect(newcomers.size).toBeGreaterThan(10);
  });

  it('send back only what was bought, no more of it, at its price, 3 to 45 days after', () => {
    const bought = new Map<string, { day: number; quantity: number }[]>();
    for (const { day, shopper, product, unitPriceCents, quantity } of linesOf(history.sales)) {
      if (shopper.code === null) continue;
      const key = `${shopper.code} ${product.code} ${unitPriceCents}`;
      bought.set(key, [...(bought.get(key) ?? []), { day, quantity }]);
    }
    const returns = linesOf(history.invoices.filter((invoice) => invoice.kind === 'RETURN'));
    const unfounded = returns.filter(({ day, shopper, product, unitPriceCents, quantity }) => {
      const purchases = bought.get(`${shopper.code} ${product.code} ${unitPriceCents}`) ?? [];
      const fits = (purchase: { day: number; quantity: number }) =>
        day - purchase.day >= 3 && day - purchase.day <= 45 && quantity < 0 && -quantity <= purchase.quantity;
      return shopper.code !== null && !purchases.some(fits);
    });
    expect(unfounded).toEqual([]);
    const share = returns.length / linesOf(history.sales).length;
    expect(share).toBeGreaterThan(0.015);
    expect(share).toBeLessThan(0.05);
  });

  it('correct the books now and then, by credits on what was bought', () => {
    const adjustments = history.invoices.filter((invoice) => invoice.kind === 'ADJUSTMENT');
    expect(adjustments.length).toBeGreaterThan(3);
    expect(adjustments.length).toBeLessThan(history.sales.length / 200);
    const lines = linesOf(adjustments);
    expect(lines.every((line) => line.quantity === 1 && line.unitPriceCents < 0)).toBe(true);
  });

  it('are those of guests in one sale out of eleven or so', () => {
    const share = history.sales.filter((sale) => sale.shopper.code === null).length / history.sales.length;
    expect(share).toBeGreaterThan(0.05);
    expect(share).toBeLessThan(0.14);
  });
});

describe('the size of a shop', () => {
  it('stays below 300,000 lines however many customers there are', () => {
    const world = createShopWorld({ seed: 2, until, customers: 16_000, products: 20, years: 2 });
    let lines = 0;
    for (const act of actShop(world, world.setting.opensOn * dayMs, untilMs)) lines += act.lines.length;
    expect(world.pace).toBeLessThan(0.6);
    expect(lines).toBeGreaterThan(200_000);
    expect(lines).toBeLessThanOrEqual(300_000);
  }, 180_000);
});
