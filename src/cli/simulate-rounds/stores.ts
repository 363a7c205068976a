// Two store-rooms with the same demand and terms: one orders as the gateway advises, the other by a rule that never changes.

import type { RoundReport } from '../../simulator/rounds/round-report.js';
import type { RoundShop } from '../../simulator/rounds/round-shop.js';
import {
  createStoreRoom,
  firstUnits,
  fixRule,
  leadDays,
  orderDays,
  ordersByRule,
  serviceLevel,
} from '../../simulator/rounds/store-room.js';
import type { AskOrders } from './reorder-orders.js';
import type { Happening } from './shop-events.js';

export interface Stores {
  /** The index of the product of a code; null for none of the shop's. */
  productOf(code: string): number | null;
  /** What was bought, a unit for each code. What is not there is bought all the same, and brings nothing. */
  sell(codes: readonly string[]): void;
  /**
   * Ends a day: both rooms order, by what lies there and is ordered now, and what was ordered comes in. The gateway must
   * have read the counts and sales of the day.
   */
  endDay(): Promise<void>;
  /** What the gateway is told to lie in the room that it orders for. */
  counts(atMs: number): readonly Happening[];
  figures(): RoundReport['stock'];
}

export interface StoresSetting {
  /** Units of each product that were sold on a day of the opening. */
  readonly dailyUnits: Float64Array;
  readonly askOrders: AskOrders;
  /** How long a round is, which is the day of both rooms. */
  readonly roundMs: number;
}

const dayMs = 86_400_000;

/**
 * Rooms that begin alike. Both are looked at once a day, at its end, and order for the same service level, lead time and
 * days of demand; they differ by how they know demand: the fixed rule by the opening, the gateway by its forecast. What the
 * gateway decides by itself meanwhile is not carried out, since when it looks depends on how fast the machine is.
 */
export function openStores(shop: RoundShop, { dailyUnits, askOrders, roundMs }: StoresSetting): Stores {
  const days = roundMs / dayMs;
  const terms = {
    serviceLevel,
    leadTimeDays: leadDays * days,
    reviewDays: days,
    coverDays: orderDays * days,
  };
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
      const { gateway } = rooms;
      const asked = shop.products.map(({ code, index }) => ({ code, onOrder: gateway.coming(index) }));
      for (const { code, units: ordered } of await askOrders(asked, terms)) {
        const product = productOf(code);
        if (product !== null) gateway.order({ product, units: ordered });
      }
      for (const order of ordersByRule(rule, rooms.fixedRule)) rooms.fixedRule.order(order);
      gateway.endDay();
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
