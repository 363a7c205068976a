// The members of dimensions that the events of a batch need: looked up, and created where they are missing.

import { hasLines } from '../events/catalogue.js';
import type { Decision } from '../events/decision.js';
import type { Database } from '../warehouse/database.js';
import { createDays, dayNumberOf } from '../warehouse/stream/days.js';
import { createLatestPrices, type KnownPrice } from '../warehouse/stream/latest-prices.js';
import { createMembers } from '../warehouse/stream/members.js';
import type { PlacedEvent } from './batch-draft.js';

export interface MemberIds {
  readonly customers: ReadonlyMap<string, number>;
  readonly products: ReadonlyMap<string, number>;
  readonly regions: ReadonlyMap<string, number>;
  /** The latest known prices of products that are bought without one, by the key of the product. */
  readonly prices: ReadonlyMap<number, KnownPrice>;
}

export interface Dimensions {
  /** In statements of their own, before the transaction of the batch. */
  resolve(events: readonly PlacedEvent[], decisions: readonly Decision[]): Promise<MemberIds>;
  /** Forgets what is in memory, after a member was removed under it. */
  forget(): void;
}

export function createDimensions(database: Pick<Database, 'kysely'>): Dimensions {
  const customers = createMembers(database, { table: 'dim_customer', column: 'code' });
  const products = createMembers(database, { table: 'dim_product', column: 'code' });
  const regions = createMembers(database, { table: 'dim_region', column: 'name' });
  const days = createDays(database);
  const latestPrices = createLatestPrices(database);

  return {
    async resolve(events, decisions) {
      const needed = collect(events, decisions);
      const [customerIds, productIds, regionIds] = await Promise.all([
        customers.resolve(needed.customers),
        products.resolve(needed.products),
        regions.resolve(needed.regions),
        days.ensure(needed.days),
      ]);
      const unpriced = new Set([...needed.unpriced].flatMap((code) => productIds.get(code) ?? []));
      const prices = unpriced.size === 0 ? new Map() : await latestPrices.read(unpriced);
      return { customers: customerIds, products: productIds, regions: regionIds, prices };
    },
    forget() {
      for (const cache of [customers, products, regions, days]) cache.forget();
    },
  };
}

function collect(events: readonly PlacedEvent[], decisions: readonly Decision[]) {
  const needed = {
    customers: new Set<string>(),
    products: new Set<string>(),
    regions: new Set<string>(),
    days: new Set<number>(),
    /** Codes of products that are bought without a price. */
    unpriced: new Set<string>(),
  };
  for (const { event } of events) {
    if (event.customer !== null) needed.customers.add(event.customer);
    if (event.product !== null) needed.products.add(event.product);
    if (!hasLines(event.type)) continue;
    if (event.region !== null) needed.regions.add(event.region);
    needed.days.add(dayNumberOf(event.occurredAtMs));
    for (const { product, unitPrice } of event.lines) {
      needed.products.add(product);
      if (unitPrice === null) needed.unpriced.add(product);
    }
  }
  for (const { customer, product, slots } of decisions) {
    if (customer !== null) needed.customers.add(customer);
    for (const { product: code } of [{ product }, ...slots]) if (code !== null) needed.products.add(code);
  }
  return needed;
}
