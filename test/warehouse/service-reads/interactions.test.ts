// What customers did, and what of it was known before a moment.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readShop } from '../../../src/services/recommendation/read-shop.js';
import { recommendationDefaults } from '../../../src/services/recommendation/settings.js';
import { readInteractions } from '../../../src/warehouse/service-reads/interactions.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';

let database: TestDatabase;
const moment = new Date('2024-05-01T00:00:00Z');

/** Type, customer, product, value, day. */
const events = [
  ['rating', 'Ann', 'lamp', 2, '2024-03-01'],
  ['rating', 'Ann', 'lamp', 1, '2024-04-30'],
  ['rating', 'Ann', 'lamp', 5, '2024-05-01'],
  ['rating', 'Ann', 'lamp', null, '2024-05-20'],
  ['rating', 'Ben', 'lamp', 3, '2024-04-01'],
  ['rating', 'Ben', 'bowl', null, '2024-04-01'],
  ['rating', 'Ben', 'bowl', 4, '2024-05-30'],
  ['view', 'Ann', 'bowl', null, '2024-05-02'],
  ['purchase', 'Ben', 'bowl', null, '2024-04-30'],
] as const;

beforeAll(async () => {
  database = await createTestDatabase();
  await database.pool.query(`INSERT INTO dim_customer (code) VALUES ('Ann'), ('Ben')`);
  await database.pool.query(`INSERT INTO dim_product (code) VALUES ('bowl'), ('lamp')`);
  const columns = [0, 1, 2, 3, 4].map((at) => events.map((event) => event[at]));
  await database.pool.query(
    `INSERT INTO fact_event (source, event_id, type, customer_id, product_id, value, occurred_at)
     SELECT 'test', place, type, customer.id, product.id, value, (day || 'T00:00:00Z')::timestamptz
     FROM unnest($1::text[], $2::text[], $3::text[], $4::numeric[], $5::text[]) WITH ORDINALITY
       AS given (type, customer, product, value, day, place)
     JOIN dim_customer AS customer ON customer.code = given.customer
     JOIN dim_product AS product ON product.code = given.product`,
    columns,
  );
});
afterAll(() => database?.close());

const inOrder = <
  T extends { readonly customer: string; readonly product: string; readonly behaviour: string },
>(
  some: readonly T[],
) =>
  some
    .map(({ customer, product, behaviour, ...rest }) => [
      customer,
      product,
      behaviour,
      ...Object.values(rest),
    ])
    .sort();

const everything = [
  ['Ann', 'bowl', 'view', null],
  ['Ann', 'lamp', 'rating', 5],
  ['Ben', 'bowl', 'purchase', null],
  ['Ben', 'bowl', 'rating', 4],
  ['Ben', 'lamp', 'rating', 3],
];

const thatOfThen = [
  ['Ann', 'lamp', 'rating', 1],
  ['Ben', 'bowl', 'purchase', null],
  ['Ben', 'bowl', 'rating', null],
  ['Ben', 'lamp', 'rating', 3],
];

describe('what was done before a moment', () => {
  it('bears the values of then, and everything those of now', async () => {
    const { all, before } = await readInteractions(database, ['rating', 'view', 'purchase'], moment);
    expect(inOrder(all)).toEqual(everything);
    expect(inOrder(before)).toEqual(thatOfThen);
  });

  it('is nothing without a moment', async () => {
    const { all, before } = await readInteractions(database, ['rating', 'view', 'purchase'], null);
    expect(inOrder(all)).toEqual(everything);
    expect(before).toEqual([]);
  });

  it('is what a recommender is judged by: what was known when the last 30 days began', async () => {
    // The newest day is 30 May, so that the 30 days begin with 1 May.
    const shop = await readShop(database, recommendationDefaults);
    expect(inOrder(shop.interactions)).toEqual(everything);
    expect(inOrder(shop.interactionsBefore)).toEqual(thatOfThen);
  });
});
