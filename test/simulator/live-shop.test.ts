// Holds that the shop's present goes on without gap or repeat, moves at any hour, and is the present of the same shop.

import { beforeAll, describe, expect, it } from 'vitest';
import { dayMs, dayOf } from '../../src/simulator/calendar.js';
import { createShopWorld, createShopWorldAside } from '../../src/simulator/create-world.js';
import type { LiveEvent } from '../../src/simulator/live-records.js';
import { liveEvents } from '../../src/simulator/live-shop.js';
import { priceCents } from '../../src/simulator/prices.js';
import { promotionsOfDay } from '../../src/simulator/promotions.js';
import { affinity } from '../../src/simulator/taste.js';
import type { Product, Shopper, ShopWorld } from '../../src/simulator/world.js';
import { until } from './history.js';

const untilMs = until.getTime();
const hourMs = 3_600_000;
const options = { seed: 5, until, customers: 1_000, products: 200, years: 1 };

interface Item {
  readonly item_id: string;
  readonly quantity: number;
  readonly price: number;
}

let world: ShopWorld;
let day: readonly LiveEvent[];
let products: ReadonlyMap<unknown, Product>;
let customers: ReadonlyMap<unknown, Shopper>;
beforeAll(() => {
  world = createShopWorld(options);
  const midnightMs = dayOf(untilMs) * dayMs;
  day = [...liveEvents(world, midnightMs, midnightMs + dayMs)];
  products = new Map(world.products.map((product) => [product.code, product]));
  customers = new Map(world.customers.map((customer) => [customer.code, customer]));
});

function ofType(type: string): LiveEvent[] {
  return day.filter(({ record }) => record.event === type);
}

function itemsOf({ record }: LiveEvent): readonly Item[] {
  return Array.isArray(record.items) ? record.items : [];
}

function identityOf({ kind, record }: LiveEvent): string {
  return kind === 'behaviour' ? `${record.id}` : `${record.event_id} ${record.event_time}`;
}

describe('the present of the shop', () => {
  it('is the same whether told in one stretch or in several, or begun anew in the middle', () => {
    const from = untilMs + 12_345;
    const cuts = [from, from + 7_001, from + 60_000, from + 60_001, from + 2_400_000];
    const parts = cuts.slice(1).flatMap((end, index) => [...liveEvents(world, cuts[index] ?? 0, end)]);
    const whole = [...liveEvents(world, from, cuts.at(-1) ?? 0)];
    expect(whole.length).toBeGreaterThan(2_400);
    expect(parts).toEqual(whole);
    const again = createShopWorld({ ...options, until: new Date(untilMs + hourMs) });
    expect([...liveEvents(again, from, cuts.at(-1) ?? 0)]).toEqual(whole);
  });

  it('comes in order of time, each event with an identity of its own and its source', () => {
    const times = day.map(({ atMs }) => atMs);
    expect(times).toEqual([...times].sort((one, other) => one - other));
    expect(new Set(day.map(identityOf)).size).toBe(day.length);
    expect(new Set(day.map(({ record }) => record.source))).toEqual(new Set(['simulated-shop']));
    const statedMs = ({ kind, record }: LiveEvent) =>
      kind === 'behaviour'
        ? Date.parse(String(record.timestamp))
        : Math.round(Number(record.event_time) * 1000);
    expect(day.filter((event) => statedMs(event) !== event.atMs)).toEqual([]);
  });

  it('brings about four acts a second, more by day than by night, and some in every single minute', () => {
    const acts = day.filter(({ kind }) => kind === 'behaviour');
    expect(acts.length / 86_400).toBeGreaterThan(3.2);
    expect(acts.length / 86_400).toBeLessThan(4.8);
    const perHour = new Array<number>(24).fill(0);
    const perMinute = new Array<number>(1_440).fill(0);
    for (const { atMs } of acts) {
      const ofDayMs = atMs % dayMs;
      perHour[Math.floor(ofDayMs / hourMs)] = (perHour[Math.floor(ofDayMs / hourMs)] ?? 0) + 1;
      perMinute[Math.floor(ofDayMs / 60_000)] = (perMinute[Math.floor(ofDayMs / 60_000)] ?? 0) + 1;
    }
    expect(Math.max(...perHour)).toBeGreaterThan(1.8 * Math.min(...perHour));
    expect(Math.min(...perMinute)).toBeGreaterThan(20);
  });

  it('holds every kind of act, purchases a few per minute', () => {
    const types = new Set(day.flatMap(({ record }) => (record.event === undefined ? [] : [record.event])));
    expect([...types].sort()).toEqual(
      ['add_to_cart', 'click', 'purchase', 'rating', 'return', 'search', 'view'].sort(),
    );
    const perMinute = ofType('purchase').length / 1_440;
    expect(perMinute).toBeGreaterThan(1.5);
    expect(perMinute).toBeLessThan(5);
  });

  it('is that of the people and products of the shop, guests among them', () => {
    const isKnown = ({ record }: LiveEvent) =>
      (record.user_id === undefined || customers.has(record.user_id)) &&
      (record.item_id === undefined || products.has(record.item_id)) &&
      (!Array.isArray(record.items) || record.items.every((item: Item) => products.has(item.item_id)));
    expect(day.filter((event) => !isKnown(event))).toEqual([]);
    const acts = day.filter(({ kind }) => kind === 'behaviour');
    const ofGuests = acts.filter(({ record }) => record.user_id === undefined).length / acts.length;
    expect(ofGuests).toBeGreaterThan(0.03);
    expect(ofGuests).toBeLessThan(0.3);
  });

  it('sells at the prices of the day, by orders with numbers of their own', () => {
    const purchases = ofType('purchase');
    const orders = purchases.map(({ record }) => record.order_id);
    expect(new Set(orders).size).toBe(orders.length);
    for (const purchase of purchases) {
      // The day on which the visit began.
      const [, year, month, date] = /^S(\d{4})(\d\d)(\d\d)-/.exec(String(purchase.record.order_id)) ?? [];
      const priceDay = Date.UTC(Number(year), Number(month) - 1, Number(date)) / dayMs;
      const promotions = promotionsOfDay(world, priceDay);
      const expected = itemsOf(purchase).map(({ item_id, quantity }) => {
        const product = products.get(item_id);
        if (product === undefined) throw new Error(`no product ${item_id}`);
        const cents = priceCents(world.setting, product, priceDay, promotions[product.category] ?? null);
        return { item_id, quantity: Math.max(1, quantity), price: cents / 100 };
      });
      expect(itemsOf(purchase)).toEqual(expected);
    }
    expect(purchases.every(({ record }) => world.regions.some(({ name }) => name === record.region))).toBe(
      true,
    );
  });

  it('takes back only what was bought, and rates only that', () => {
    const midnightMs = dayOf(untilMs) * dayMs;
    const bought = new Map<unknown, readonly string[]>();
    const byVisit = new Map<string, readonly string[]>();
    const before = [...liveEvents(world, midnightMs - 1_200_000, midnightMs)];
    for (const purchase of [...before, ...day].filter(({ record }) => record.event === 'purchase')) {
      const codes = itemsOf(purchase).map((item) => item.item_id);
      bought.set(purchase.record.order_id, codes);
      byVisit.set(String(purchase.record.id).replace(/-\d+$/, ''), codes);
    }
    const returns = ofType('return');
    expect(returns.length).toBeGreaterThan(20);
    for (const back of returns) {
      expect(bought.get(back.record.of_order)).toEqual(
        expect.arrayContaining(itemsOf(back).map((i) => i.item_id)),
      );
    }
    const ratings = ofType('rating');
    expect(ratings.length).toBeGreaterThan(200);
    expect(new Set(ratings.map(({ record }) => record.rating))).toEqual(new Set([1, 2, 3, 4, 5]));
    for (const { record } of ratings) {
      expect(byVisit.get(String(record.id).replace(/-\d+$/, ''))).toContain(record.item_id);
      expect(record.text).toMatch(/^[A-Z][^{}]*[.!]$/);
    }
  });

  it('follows the hidden tastes: people look at what suits them better than at anything', () => {
    let chosen = 0;
    let any = 0;
    const views = ofType('view').filter(({ record }) => record.user_id !== undefined);
    for (const [index, { record }] of views.entries()) {
      const [customer, product] = [customers.get(record.user_id), products.get(record.item_id)];
      const other = world.products[(index * 7) % world.products.length];
      if (customer === undefined || product === undefined || other === undefined) throw new Error('unknown');
      chosen += affinity(customer.hidden, product) / views.length;
      any += affinity(customer.hidden, other) / views.length;
    }
    expect(chosen - any).toBeGreaterThan(0.5);
  });

  it('reads its thermometers once a second or so, each within reason', () => {
    const readings = day.filter(({ kind }) => kind === 'measurement');
    expect(readings.length / 86_400).toBeGreaterThan(0.5);
    expect(readings.length / 86_400).toBeLessThan(1.5);
    expect(new Set(readings.map(({ record }) => record.device)).size).toBe(4);
    expect(new Set(readings.map(({ record }) => record.series))).toEqual(new Set(['temperature']));
    const values = readings.map(({ record }) => Number(record.value));
    expect(Math.min(...values)).toBeGreaterThan(-10);
    expect(Math.max(...values)).toBeLessThan(40);
  });
});

describe('the making of a world beside other work', () => {
  it('gives the same world, and ends when it is asked to', async () => {
    const aside = await createShopWorldAside(options, new AbortController().signal);
    const plain = ({ random: _random, ...rest }: ShopWorld) => rest;
    expect(plain(aside)).toEqual(plain(world));
    await expect(createShopWorldAside(options, AbortSignal.abort())).rejects.toThrow();
  });
});
