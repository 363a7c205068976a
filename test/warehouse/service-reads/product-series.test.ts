import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readProductSeries, type SeriesGrain } from '../../../src/warehouse/service-reads/product-series.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { fillSmallShop } from '../../support/small-shop.js';

interface Sale {
  readonly code: string;
  readonly units: number;
  readonly sold_at: Date;
}

let database: TestDatabase;
let sales: readonly Sale[];
/** Lines of every kind, the oldest first: a return tells the time too. */
let lines: readonly Date[];
let newest: number;

beforeAll(async () => {
  database = await createTestDatabase();
  await fillSmallShop(database.pool);
  // Units that were lost, which some sources write as a sale of less than nothing.
  await database.pool.query(
    `INSERT INTO fact_sales (source, invoice, line, kind, product_id, date_id, quantity, unit_price, amount, sold_at)
     SELECT 'shop', 'lost', product_id, 'SALE', product_id, date_id, -1000, 0, 0, sold_at
     FROM (SELECT DISTINCT ON (product_id) * FROM fact_sales WHERE kind = 'SALE' ORDER BY product_id, sold_at) AS sale`,
  );
  const { rows } = await database.pool.query<Sale>(
    `SELECT product.code, sale.quantity::float8 AS units, sale.sold_at FROM fact_sales AS sale
     JOIN dim_product AS product ON product.id = sale.product_id WHERE sale.kind = 'SALE' AND sale.quantity > 0`,
  );
  sales = rows;
  const all = await database.pool.query<{ sold_at: Date }>('SELECT sold_at FROM fact_sales ORDER BY sold_at');
  lines = all.rows.map(({ sold_at }) => sold_at);
  newest = lines.at(-1)?.getTime() ?? 0;
});
afterAll(() => database?.close());

/** The beginnings of periods one after another, by the calendar of JavaScript. */
const following: Readonly<Record<SeriesGrain, (at: Date) => Date>> = {
  HOUR: (at) => new Date(at.getTime() + 3_600_000),
  DAY: (at) => new Date(at.getTime() + 86_400_000),
  WEEK: (at) => new Date(at.getTime() + 7 * 86_400_000),
  MONTH: (at) => new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1)),
  QUARTER: (at) => new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 3)),
  YEAR: (at) => new Date(Date.UTC(at.getUTCFullYear() + 1, 0)),
};

/** A beginning of a period before the first sale; 2021-12-27 was a Monday. */
const origin = (grain: SeriesGrain) =>
  grain === 'WEEK' ? new Date('2021-12-27T00:00:00Z') : new Date('2022-01-01T00:00:00Z');

/** The series of a product as a loop over all sales makes it. */
function expected(code: string, grain: SeriesGrain, periodsMax: number) {
  const starts = [origin(grain)];
  for (let at = following[grain](origin(grain)); at.getTime() <= newest; at = following[grain](at))
    starts.push(at);
  const next = starts.pop();
  const units = starts.map((start) => {
    const end = following[grain](start);
    return sales
      .filter((sale) => sale.code === code && sale.sold_at >= start && sale.sold_at < end)
      .reduce((sum, sale) => sum + sale.units, 0);
  });
  const seen = units.slice(Math.max(0, units.length - periodsMax));
  const first = seen.findIndex((value) => value > 0);
  return { next, units: first < 0 ? [] : seen.slice(first) };
}

/** The oldest line and the oldest after its period, as a look at all lines finds them. */
function beginning(grain: SeriesGrain) {
  const [oldest = new Date(0)] = lines;
  let second = origin(grain);
  while (second <= oldest) second = following[grain](second);
  return { oldest, oldestAfter: lines.find((at) => at >= second) };
}

describe('the series of products', () => {
  it.each(['DAY', 'WEEK', 'MONTH', 'QUARTER', 'YEAR'] as const)(
    'by %s are those of a loop over all sales',
    async (grain) => {
      const codes = ['P007', 'P002', 'P040'];
      const { products, next, ...shop } = await readProductSeries(database, {
        codes,
        grain,
        periodsMax: 500,
      });
      expect(products.map((each) => each?.code)).toEqual(codes);
      expect(shop).toEqual(beginning(grain));
      for (const code of codes) {
        const loop = expected(code, grain, 500);
        expect(products.find((each) => each?.code === code)?.units).toEqual(loop.units);
        expect(next).toEqual(loop.next);
      }
    },
  );

  it('by HOUR end with the last whole hour, and look back no further than asked', async () => {
    const { products } = await readProductSeries(database, {
      codes: ['P007'],
      grain: 'HOUR',
      periodsMax: 2_000,
    });
    const loop = expected('P007', 'HOUR', 2_000);
    expect(products[0]?.units).toEqual(loop.units);
    expect(loop.units.length).toBeGreaterThan(0);
    const few = await readProductSeries(database, { codes: ['P007'], grain: 'MONTH', periodsMax: 3 });
    expect(few.products[0]?.units).toEqual(expected('P007', 'MONTH', 3).units);
  });

  it('are undefined for what is no product, empty for one that was not sold, and repeated as asked', async () => {
    await database.pool.query(`INSERT INTO dim_product (code) VALUES ('unsold')`);
    const codes = ['none', 'unsold', 'P002', 'P002'];
    const { products } = await readProductSeries(database, { codes, grain: 'MONTH', periodsMax: 100 });
    expect(products[0]).toBeUndefined();
    expect(products[1]).toEqual({ code: 'unsold', units: [] });
    expect(products[2]?.units.length).toBeGreaterThan(0);
    expect(products[3]).toEqual(products[2]);
  });

  it('end before they are read when nobody wants them', async () => {
    const reading = readProductSeries(database, {
      codes: ['P002'],
      grain: 'DAY',
      periodsMax: 10,
      signal: AbortSignal.abort(),
    });
    await expect(reading).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('are empty in an empty shop', async () => {
    const empty = await createTestDatabase();
    try {
      const read = await readProductSeries(empty, { codes: ['P002'], grain: 'DAY', periodsMax: 10 });
      expect(read).toEqual({ products: [undefined], next: null, oldest: null, oldestAfter: null });
    } finally {
      await empty.close();
    }
  });
});
