// How often each product was shown, as how many products were shown how often.

import { sql } from 'kysely';
import { readWheel, type WheelRange, type WheelReads, within } from './report-reads.js';

export interface ShownAlike {
  /** How often each of the products was shown. */
  readonly shown: number;
  readonly products: number;
}

/** All products that are on sale, which are those not known to be out of stock, and whatever else was shown in the range. */
export async function readShownProducts(
  reads: WheelReads,
  range: WheelRange,
): Promise<readonly ShownAlike[]> {
  const rows = await readWheel(
    reads,
    sql`
      WITH shown AS (
        SELECT product_id, count(*) AS times FROM fact_exposure
        WHERE ${within('shown_at', range)} AND product_id IS NOT NULL GROUP BY product_id
      )
      SELECT coalesce(shown.times, 0)::float8 AS times, count(*)::float8
      FROM dim_product AS product LEFT JOIN shown ON shown.product_id = product.id
      LEFT JOIN stock_level AS stock ON stock.product_id = product.id
      WHERE shown.times > 0 OR stock.quantity IS NULL OR stock.quantity > 0
      GROUP BY 1 ORDER BY 1`,
  );
  return rows.map(([shown, products]) => ({ shown: Number(shown), products: Number(products) }));
}
