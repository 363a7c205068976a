// Holds that what is remembered of customers is what the warehouse says now.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { knownCustomersOf } from '../../../src/services/segmentation/known-customers.js';
import { readCustomerValues } from '../../../src/warehouse/service-reads/customer-values.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { fillSmallShop } from '../../support/small-shop.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await fillSmallShop(database.pool);
});
afterAll(() => database?.close());

const codes = ['C001', 'C002', 'C003', 'C002', 'nobody'];

async function readAnew() {
  const { customers } = await readCustomerValues(database);
  return new Map(
    customers.filter(({ code }) => codes.includes(code)).map((customer) => [customer.code, customer]),
  );
}

it('tells the same as a reading of all, whatever comes and goes meanwhile', async () => {
  const known = knownCustomersOf(database);
  const read = async () => new Map((await known.read(codes)).map((customer) => [customer.code, customer]));
  const first = await read();
  expect(first).toEqual(await readAnew());
  expect(first.size).toBe(3);
  await database.pool.query(
    `INSERT INTO fact_sales (source, invoice, line, kind, product_id, customer_id, date_id, quantity, unit_price, amount, sold_at)
     SELECT 'shop', 'new', 1, kind, product_id, (SELECT id FROM dim_customer WHERE code = 'C002'), date_id, 1, 7, 7,
            (SELECT max(sold_at) + interval '3 days' FROM fact_sales)
     FROM fact_sales WHERE kind = 'SALE' LIMIT 1`,
  );
  const later = await read();
  expect(later).toEqual(await readAnew());
  expect(later.get('C002')?.recencyDays).toBe(1);
  expect(later.get('C003')?.recencyDays).toBe((first.get('C003')?.recencyDays ?? Number.NaN) + 3);
  await database.pool.query(`DELETE FROM fact_sales WHERE invoice = 'new'`);
  expect(await read()).toEqual(first);
});
