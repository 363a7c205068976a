// The units of products that were sold in each period, as series to forecast from.

import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../database.js';
import { believedBy } from './believed-facts.js';
import { dateOf, readRows } from './read-rows.js';

/** What a series can be cut into; days begin at midnight UTC, weeks on Mondays. */
export const seriesGrains = ['HOUR', 'DAY', 'WEEK', 'MONTH', 'QUARTER', 'YEAR'] as const;

export type SeriesGrain = (typeof seriesGrains)[number];

/** How many periods are looked back: ten years of weeks, and no fewer than AUTO makes use of. */
export const unitPeriodsMax = 520;

export interface ProductSeries {
  readonly code: string;
  /**
   * Units of the sale lines, from the first period with a sale to the last whole period of the shop; the oldest first, 0
   * where none was sold. Neither returns nor losses, which are sale lines below 0 in some sources, are taken off: they
   * are no demand. Empty for a product that was not sold in that time.
   */
  readonly units: readonly number[];
}

/** Where the sales of a shop begin, by the lines of any invoice; null where there is none. */
export interface ShopBeginning {
  readonly oldest: Date | null;
  /** The oldest line after the period of the oldest. */
  readonly oldestAfter: Date | null;
}

export interface ProductSeriesRead extends ShopBeginning {
  /** In the order of the codes that were asked; undefined for one that no product has. */
  readonly products: readonly (ProductSeries | undefined)[];
  /** When the period begins that the newest line of any invoice fell into: the first that is not in the series. */
  readonly next: Date | null;
}

export interface ProductSeriesQuery {
  readonly codes: readonly string[];
  readonly grain: SeriesGrain;
  /** How many periods are looked back at most. */
  readonly periodsMax: number;
  readonly signal?: AbortSignal;
}

/**
 * Reads the series of many products in one statement. The period of the newest line that is believed is left out, since
 * more may still be sold in it. Fails with a FlywheelError: UNAVAILABLE, TIMEOUT or, when the signal comes first, CANCELLED.
 */
export async function readProductSeries(
  database: Database,
  query: ProductSeriesQuery,
): Promise<ProductSeriesRead> {
  const rows = await readRows(database, statement(query), query.signal);
  const [first] = rows;
  const series = new Map<unknown, ProductSeries>();
  for (const [code, back, units] of rows) {
    if (typeof code === 'string') series.set(code, { code, units: fill(back, units) });
  }
  return {
    products: query.codes.map((code) => series.get(code)),
    next: dateOf(first?.[3]),
    oldest: dateOf(first?.[4]),
    oldestAfter: dateOf(first?.[5]),
  };
}

/** `back` tells for each value how many periods before the next one it is, from the farthest to the nearest. */
function fill(back: unknown, values: unknown): number[] {
  if (!Array.isArray(back) || !Array.isArray(values)) return [];
  const units = new Array<number>(Number(back[0] ?? 0)).fill(0);
  back.forEach((periods, place) => {
    units[units.length - Number(periods)] = Number(values[place]);
  });
  return units;
}

const lengths: Readonly<Record<SeriesGrain, string>> = {
  HOUR: '1 hour',
  DAY: '1 day',
  WEEK: '1 week',
  MONTH: '1 month',
  QUARTER: '3 months',
  YEAR: '1 year',
};

/** The number of the period that a moment (UTC, without a zone) falls into: neighbours differ by one. */
function periodNumber(grain: SeriesGrain, moment: RawBuilder<unknown>): RawBuilder<unknown> {
  const part = (name: string) => sql`extract(${sql.raw(name)} from ${moment})`;
  const seconds = part('epoch');
  switch (grain) {
    case 'HOUR':
      return sql`floor(${seconds} / 3600)::integer`;
    case 'DAY':
      return sql`floor(${seconds} / 86400)::integer`;
    case 'WEEK':
      // The first day of 1970 was a Thursday.
      return sql`floor((${seconds} + 259200) / 604800)::integer`;
    case 'MONTH':
      return sql`(${part('year')} * 12 + ${part('month')})::integer`;
    case 'QUARTER':
      return sql`(${part('year')} * 4 + ${part('quarter')})::integer`;
    case 'YEAR':
      return sql`${part('year')}::integer`;
  }
}

function statement({ codes, grain, periodsMax }: ProductSeriesQuery): RawBuilder<unknown> {
  const nextAt = sql`(shop.next AT TIME ZONE 'UTC')`;
  // Periods are numbered once each, after their lines have been added up: numbering every line would cost more than that.
  return sql`
    WITH asked AS (SELECT id, code FROM dim_product WHERE code = ANY(${[...codes]}::text[])),
    known AS (SELECT min(sold_at) AS oldest, max(sold_at) AS newest FROM fact_sales WHERE ${believedBy('sold_at')}),
    shop AS (
      SELECT date_trunc(${grain.toLowerCase()}, newest, 'UTC') AS next, oldest,
             (SELECT min(sold_at) FROM fact_sales WHERE ${believedBy('sold_at')} AND sold_at >=
               (date_trunc(${grain.toLowerCase()}, oldest AT TIME ZONE 'UTC') + ${lengths[grain]}::interval) AT TIME ZONE 'UTC'
             ) AS oldest_after
      FROM known
    ),
    sold AS (
      SELECT sale.product_id, date_trunc(${grain.toLowerCase()}, sale.sold_at AT TIME ZONE 'UTC') AS period,
             sum(sale.quantity) AS units
      FROM shop CROSS JOIN asked
      JOIN fact_sales AS sale ON sale.product_id = asked.id AND sale.kind = 'SALE' AND sale.quantity > 0
           AND sale.sold_at < shop.next
           AND sale.sold_at >= (${nextAt} - ${periodsMax}::integer * ${lengths[grain]}::interval) AT TIME ZONE 'UTC'
      GROUP BY 1, 2
    ),
    numbered AS (
      SELECT product_id, units, ${periodNumber(grain, nextAt)} - ${periodNumber(grain, sql`period`)} AS back
      FROM sold CROSS JOIN shop
    ),
    series AS (
      SELECT product_id, array_agg(back ORDER BY back DESC) AS back, array_agg(units ORDER BY back DESC) AS units
      FROM numbered GROUP BY product_id
    )
    SELECT asked.code, series.back, series.units, shop.next, shop.oldest, shop.oldest_after
    FROM shop LEFT JOIN asked ON true LEFT JOIN series ON series.product_id = asked.id`;
}
