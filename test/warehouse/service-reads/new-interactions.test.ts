// What is new about customers, read by marks, against all that is known of them.

import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type Interaction,
  readInteractions,
  readNewInteractions,
} from '../../../src/warehouse/service-reads/interactions.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { fillSmallShop } from '../../support/small-shop.js';

const types = ['view', 'rating'];
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  await fillSmallShop(database.pool);
  await database.pool.query(`INSERT INTO dim_customer (code) VALUES ('nobody')`);
  await act('view', 'C001');
});
afterAll(() => database.close());

let events = 0;

async function act(type: string, customer: string): Promise<void> {
  events += 1;
  await database.pool.query(
    `INSERT INTO fact_event (source, event_id, type, customer_id, product_id, occurred_at)
     SELECT 'test', $1, $2, customer.id, product.id, '2023-12-30T00:00:00Z'
     FROM dim_customer AS customer, dim_product AS product WHERE customer.code = $3 AND product.code = 'P001'`,
    [`${events}`, type, customer],
  );
}

const inOrder = (some: readonly Interaction[] | undefined) =>
  [...(some ?? [])].sort((a, b) => (`${a.product} ${a.behaviour}` < `${b.product} ${b.behaviour}` ? -1 : 1));

it('tells all of whom nothing is known, and again only of those about whom something is new', async () => {
  const codes = ['C001', 'C002', 'nobody', 'unheard of'];
  const { all } = await readInteractions(database, types, null);
  const first = await readNewInteractions(database, new Map(codes.map((code) => [code, undefined])), types);
  expect([...first.keys()].sort()).toEqual(['C001', 'C002', 'nobody']);
  for (const [code, { interactions }] of first)
    expect(inOrder(interactions)).toEqual(inOrder(all.filter(({ customer }) => customer === code)));
  expect(first.get('C001')?.interactions).toContainEqual(
    expect.objectContaining({ behaviour: 'view', product: 'P001' }),
  );
  expect(first.get('nobody')?.interactions).toEqual([]);

  const marks = new Map([...first].map(([code, { mark }]) => [code, mark]));
  const unchanged = await readNewInteractions(database, marks, types);
  expect([...unchanged.values()].map(({ interactions }) => interactions)).toEqual([
    undefined,
    undefined,
    undefined,
  ]);

  // An event of a type that does not count changes the mark too, and nothing else.
  await act('search', 'C001');
  await act('view', 'nobody');
  await database.pool.query(
    `DELETE FROM fact_sales WHERE id = (SELECT max(fact_sales.id) FROM fact_sales
     JOIN dim_customer AS customer ON customer.id = customer_id WHERE code = 'C002' AND kind = 'SALE' AND amount > 0)`,
  );
  const changed = await readNewInteractions(database, marks, types);
  expect(inOrder(changed.get('C001')?.interactions)).toEqual(inOrder(first.get('C001')?.interactions));
  expect(changed.get('nobody')?.interactions).toHaveLength(1);
  expect(changed.get('C002')?.interactions).not.toBeUndefined();
  for (const [code, mark] of marks) expect(changed.get(code)?.mark).not.toBe(mark);
});
