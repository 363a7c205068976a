// What was known of a product and a customer before a moment: only lines that were bought, of so many times 24 hours.

import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Moment, readKnownBefore } from '../../../src/warehouse/stream/known-before.js';
import { inTransaction } from '../../../src/warehouse/transaction.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';

let database: TestDatabase;
/** Keys of whom and what nobody has sold or bought anything of yet. */
let fresh = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  await database.pool.query(`
    INSERT INTO dim_product (code) SELECT 'P' || n FROM generate_series(1, 20) AS n;
    INSERT INTO dim_customer (code) SELECT 'C' || n FROM generate_series(1, 20) AS n;
    INSERT INTO dim_date (id, day, year, quarter, month, day_of_month, iso_year, iso_week, weekday)
    VALUES (20240101, '2024-01-01', 2024, 1, 1, 1, 2024, 1, 1)`);
});
afterAll(() => database.close());

interface Line {
  readonly at: string;
  readonly kind?: 'SALE' | 'RETURN' | 'ADJUSTMENT';
  readonly price?: number;
  readonly quantity?: number;
}

/** A product and a customer of the same key who meet in these lines. */
async function sold(...lines: readonly Line[]): Promise<number> {
  fresh += 1;
  for (const [line, { at, kind = 'SALE', price = 1, quantity = 1 }] of lines.entries()) {
    await database.pool.query(
      `INSERT INTO fact_sales
         (source, invoice, line, kind, product_id, customer_id, date_id, quantity, unit_price, amount, sold_at)
       SELECT 'test', $1, $2, $3, product.id, customer.id, 20240101, $4, $5, $4::numeric * $5::numeric, $6
       FROM dim_product AS product, dim_customer AS customer WHERE product.code = $7 AND customer.code = $8`,
      [String(fresh), line + 1, kind, quantity, price, at, `P${fresh}`, `C${fresh}`],
    );
  }
  return fresh;
}

async function known(number: number, before: string, timeZone = 'UTC') {
  const idIn = async (table: string, code: string) => {
    const { rows } = await database.pool.query<{ id: number }>(`SELECT id FROM ${table} WHERE code = $1`, [
      code,
    ]);
    return rows[0]?.id ?? 0;
  };
  const product: Moment = { id: await idIn('dim_product', `P${number}`), beforeMs: Date.parse(before) };
  const customer: Moment = { ...product, id: await idIn('dim_customer', `C${number}`) };
  const { products, customers } = await inTransaction(database, async (session) => {
    await session.run(sql`SELECT set_config('TimeZone', ${timeZone}, true)`);
    return readKnownBefore(session, [product], [customer]);
  });
  return { ...products.get(product.id), ...customers.get(customer.id) };
}

describe('what was known before', () => {
  it('is the newest price, the lines of 30 days and those of a year, and nothing of the moment itself', async () => {
    const number = await sold(
      { at: '2023-01-01T00:00:00Z', price: 9 },
      { at: '2023-06-01T00:00:00Z', price: 8 },
      { at: '2024-01-10T00:00:00Z', price: 7 },
      { at: '2024-01-20T00:00:00Z', price: 6 },
    );
    expect(await known(number, '2024-01-20T00:00:00Z')).toEqual({ price: 7, soldLately: 1, boughtBefore: 2 });
    expect(await known(number, '2024-01-20T00:00:00.001Z')).toEqual({
      price: 6,
      soldLately: 2,
      boughtBefore: 3,
    });
    expect(await known(number, '2023-01-01T00:00:00Z')).toEqual({
      price: null,
      soldLately: 0,
      boughtBefore: 0,
    });
  });

  it('leaves out what was not bought, even where it is called a sale', async () => {
    const at = '2024-01-10T00:00:00Z';
    const number = await sold(
      { at: '2024-01-09T00:00:00Z', price: 5 },
      { at, kind: 'RETURN', quantity: -1, price: 4 },
      { at, kind: 'ADJUSTMENT', price: 4 },
      { at, quantity: -12, price: 0 },
      { at, quantity: 12, price: 0 },
      { at, quantity: -1, price: 3 },
      { at, quantity: 1, price: -11_062.06 },
      { at, quantity: 0, price: 3 },
    );
    expect(await known(number, '2024-01-11T00:00:00Z')).toEqual({ price: 5, soldLately: 1, boughtBefore: 1 });
  });

  it('is the same in every time zone, over the change to summer time too', async () => {
    // 30 times 24 hours before the moment; in Berlin the day of the 31st of March 2024 had 23 of them.
    const number = await sold({ at: '2024-03-15T10:30:00Z' }, { at: '2023-04-15T10:30:00Z' });
    for (const timeZone of ['UTC', 'Europe/Berlin', 'America/New_York']) {
      expect(await known(number, '2024-04-14T10:15:00Z', timeZone)).toMatchObject({
        soldLately: 1,
        boughtBefore: 2,
      });
      expect(await known(number, '2024-04-14T10:45:00Z', timeZone)).toMatchObject({ soldLately: 0 });
      expect(await known(number, '2024-04-14T11:15:00Z', timeZone)).toMatchObject({ soldLately: 0 });
    }
    const winter = await sold({ at: '2024-10-15T10:30:00Z' });
    for (const timeZone of ['UTC', 'Europe/Berlin']) {
      expect(await known(winter, '2024-11-14T10:45:00Z', timeZone)).toMatchObject({ soldLately: 0 });
    }
  });
});
