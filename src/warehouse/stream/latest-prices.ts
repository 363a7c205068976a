// The latest known price of a product, for purchases that name none.

import { sql } from 'kysely';
import type { Database } from '../database.js';

export interface KnownPrice {
  /** Decimal text. */
  readonly unitPrice: string;
  readonly soldAtMs: number;
}

interface CachedPrice extends KnownPrice {
  readonly readAtMs: number;
}

/** The unit price of each product's newest sale whose price is no estimate; products without one are left out. */
export interface LatestPrices {
  read(productIds: ReadonlySet<number>): Promise<ReadonlyMap<number, KnownPrice>>;
}

/**
 * A price that was found is used for `freshMs` (5,000 ms), since behind it there may be a long row of estimates to read
 * over; a price that was not found is looked for each time.
 */
export function createLatestPrices(
  database: Pick<Database, 'kysely'>,
  { freshMs = 5_000, pricesMax = 50_000 } = {},
): LatestPrices {
  const cache = new Map<number, CachedPrice>();

  async function find(ids: readonly number[], nowMs: number): Promise<void> {
    const found = await sql<{ id: number; price: string; sold_at: Date }>`
      SELECT given.id, there.unit_price AS price, there.sold_at
      FROM unnest(${ids}::integer[]) AS given (id)
      CROSS JOIN LATERAL (
        SELECT unit_price, sold_at FROM fact_sales
        WHERE product_id = given.id AND kind = 'SALE' AND NOT estimated
        ORDER BY sold_at DESC, id DESC LIMIT 1
      ) AS there`.execute(database.kysely);
    for (const { id, price, sold_at } of found.rows) {
      cache.delete(id);
      cache.set(id, { unitPrice: price, soldAtMs: sold_at.getTime(), readAtMs: nowMs });
    }
  }

  return {
    async read(productIds) {
      const nowMs = performance.now();
      const asked = [...productIds].filter((id) => {
        const cached = cache.get(id);
        return cached === undefined || nowMs - cached.readAtMs > freshMs;
      });
      if (asked.length > 0) await find(asked, nowMs);
      const prices = new Map<number, KnownPrice>();
      for (const id of productIds) {
        const cached = cache.get(id);
        if (cached !== undefined) prices.set(id, cached);
      }
      // A Map keeps the order of insertion: the first ones were read longest ago.
      for (const id of cache.keys()) {
        if (cache.size <= pricesMax) break;
        cache.delete(id);
      }
      return prices;
    },
  };
}
