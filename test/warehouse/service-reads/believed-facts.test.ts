// One clock that is wrong moves no read for a service, nor does the time zone of the session.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readShop } from '../../../src/services/recommendation/read-shop.js';
import { recommendationDefaults } from '../../../src/services/recommendation/settings.js';
import {
  readCustomerValues,
  readNewCustomerValues,
} from '../../../src/warehouse/service-reads/customer-values.js';
import {
  type Interaction,
  readInteractions,
  readNewInteractions,
} from '../../../src/warehouse/service-reads/interactions.js';
import { readProductSeries } from '../../../src/warehouse/service-reads/product-series.js';
import { readBestSellers, readBuyingPeriod } from '../../../src/warehouse/service-reads/recent-popularity.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { fillSmallShop } from '../../support/small-shop.js';

let database: TestDatabase;

beforeAll(async () => {
  // One connection, so that what is set for the session holds for every read.
  database = await createTestDatabase({ poolSize: 1 });
  await fillSmallShop(database.pool);
  await database.pool.query(`INSERT INTO dim_customer (code) VALUES ('watcher')`);
});
afterAll(() => database?.close());

const types = ['view', 'rating'];

/** A copy of the first line of a customer and product of the shop, at another moment. */
async function sell(invoice: string, at: string): Promise<void> {
  await database.pool.query(
    `INSERT INTO fact_sales (source, invoice, line, kind, product_id, customer_id, date_id, quantity, unit_price, amount, sold_at)
     SELECT 'shop', $1, 1, 'SALE', product_id, customer_id, date_id, 5, 1000, 5000, $2::timestamptz
     FROM fact_sales WHERE kind = 'SALE' AND customer_id IS NOT NULL ORDER BY id LIMIT 1`,
    [invoice, at],
  );
}

async function act(id: string, type: string, customer: string, at: string): Promise<void> {
  await database.pool.query(
    `INSERT INTO fact_event (source, event_id, type, customer_id, product_id, value, occurred_at)
     SELECT 'shop', $1, $2, customer.id, product.id, 5, $4::timestamptz
     FROM dim_customer AS customer, dim_product AS product WHERE customer.code = $3 AND product.code = 'P003'`,
    [id, type, customer, at],
  );
}

const inOrder = (interactions: readonly Interaction[] | undefined) =>
  (interactions ?? []).map((each) => JSON.stringify(each)).sort();

async function totalsOf(codes: readonly string[]) {
  const { customers } = await readNewCustomerValues(
    database,
    new Map(codes.map((code) => [code, undefined])),
  );
  return codes.map((code) => customers.get(code)?.totals);
}

async function readAll() {
  const series = { codes: ['P001', 'P003', 'P008'], grain: 'MONTH', periodsMax: 500 } as const;
  const customers = ['watcher', 'C012'];
  const known = new Map(customers.map((code) => [code, undefined]));
  const news = await readNewInteractions(database, known, types);
  const shop = await readShop(database, recommendationDefaults);
  return {
    all: await readCustomerValues(database),
    some: await totalsOf(customers),
    interactions: inOrder(shop.interactions),
    interactionsBefore: inOrder(shop.interactionsBefore),
    news: customers.map((code) => inOrder(news.get(code)?.interactions)),
    series: await readProductSeries(database, series),
    best: await readBestSellers(database, 30, 100),
    period: await readBuyingPeriod(database),
    recent: shop.recent,
    recentBefore: shop.recentBefore,
  };
}

describe('facts that are dated far ahead', () => {
  it('are left out of every read', async () => {
    const before = await readAll();
    await sell('ahead', '2099-07-01T00:00:00Z');
    await act('ahead', 'rating', 'C012', '2099-07-01T00:00:00Z');
    await act('ahead too', 'view', 'watcher', '2099-07-01T00:00:00Z');
    expect(await readAll()).toEqual(before);
    await database.pool.query(`DELETE FROM fact_sales WHERE sold_at > '2099-01-01'`);
    await database.pool.query(`DELETE FROM fact_event WHERE occurred_at > '2099-01-01'`);
  });

  it('are believed up to a day ahead of the clock of the database', async () => {
    const { rows } = await database.pool.query<{ near: string; far: string }>(
      `SELECT (date_trunc('ms', now()) + interval '23 hours')::text AS near, (now() + interval '25 hours')::text AS far`,
    );
    const { near = '', far = '' } = rows[0] ?? {};
    await sell('near', near);
    await sell('far', far);
    expect((await readCustomerValues(database)).to).toEqual(new Date(near));
    expect((await readBuyingPeriod(database)).to).toEqual(new Date(near));
    await act('near', 'rating', 'watcher', near);
    await act('far', 'view', 'watcher', far);
    const [watcher] = await totalsOf(['watcher']);
    expect(watcher?.onlyBehaved).toBe(true);
    const { all } = await readInteractions(database, types, null);
    const theirs = all.filter(({ customer }) => customer === 'watcher');
    expect(theirs.map(({ behaviour }) => behaviour)).toEqual(['rating']);
    await database.pool.query(`DELETE FROM fact_sales WHERE invoice IN ('near', 'far')`);
    await database.pool.query('DELETE FROM fact_event');
  });
});

describe('the days of the best sellers', () => {
  it('begin at midnight UTC whatever the time zone of the session, over a change of the clocks too', async () => {
    const { to } = await readBuyingPeriod(database);
    const midnightMs = Math.floor((to?.getTime() ?? 0) / 86_400_000) * 86_400_000;
    // Half an hour before the first of the days, which a session in London takes to be in it since summer time ends.
    await act(
      'just before',
      'rating',
      'watcher',
      new Date(midnightMs - 99 * 86_400_000 - 1_800_000).toISOString(),
    );
    const inUtc = await readBestSellers(database, 100, 100);
    await database.pool.query(`SET TimeZone TO 'Europe/London'`);
    const inLondon = await readBestSellers(database, 100, 100);
    await database.pool.query('RESET TimeZone');
    expect(inUtc.length).toBeGreaterThan(0);
    expect(inLondon).toEqual(inUtc);
  });
});
