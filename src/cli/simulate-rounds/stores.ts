// Two store-rooms with the same demand: one orders as the gateway decides, the other by a rule that never changes.

import type { RoundReport } from '../../simulator/rounds/round-report.js';
import type { RoundShop } from '../../simulator/rounds/round-shop.js';
import { createStoreRoom, firstUnits, fixRule, ordersByRule } from '../../simulator/rounds/store-room.js';
import type { ReadOrders } from './reorder-orders.js';
import type { Happening } from './shop-events.js';

export interface Stores {
  /** The index of the product of a code; null for none of the shop's. */
  productOf(code: string): number | null;
  /** What was bought, a unit for each code. What is not there is bought all the same, and brings nothing. */
  sell(codes: readonly string[]): void;
  /** Ends a day: both rooms order, and what was ordered comes in. */
  endDay(): Promise<void>;
  /** What the gateway is told to lie in the room that it orders for. */
  counts(atMs: number): readonly Happening[];
  figures(): RoundReport['stock'];
}

/** Rooms that begin alike, with the fixed rule set by the units of the opening. */
export function openStores(shop: RoundShop, dailyUnits: Float64Array, readOrders: ReadOrders): Stores {
  const rule = fixRule(dailyUnits);
  const units = firstUnits(rule, shop.random.stream('stock'));
  const prices = shop.products.map(({ priceCents }) => priceCents);
  const rooms = { gateway: createStoreRoom(units, prices), fixedRule: createStoreRoom(units, prices) };
  const places = new Map(shop.products.map(({ code, index }) => [code, index]));
  const productOf = (code: string) => places.get(code) ?? null;
  return {
    productOf,
    sell(codes) {
      for (const code of codes) {
        const product = productOf(code);
        if (product === null) continue;
        rooms.gateway.take(product);
        rooms.fixedRule.take(product);
      }
    },
    async endDay() {
      for (const { code, units: ordered } of await readOrders()) {
        const product = productOf(code);
        if (product !== null) rooms.gateway.order({ product, units: ordered });
      }
      for (const order of ordersByRule(rule, rooms.fixedRule)) rooms.fixedRule.order(order);
      rooms.gateway.endDay();
      rooms.fixedRule.endDay();
    },
    counts: (atMs) =>
      shop.products.map(({ code, index }) => ({
        type: 'stock',
        atMs,
        product: code,
        units: rooms.gateway.level(index),
      })),
    figures: () => ({ gateway: rooms.gateway.figures(), fixedRule: rooms.fixedRule.figures() }),
  };
}
