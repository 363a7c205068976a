// Ratings as events in a database, for what is computed from them.

import type { TestDatabase } from './postgres.js';

/** Adds ratings (customer, product, stars) as events, an hour apart; who and what is not known yet is added too. */
export async function rate(
  database: TestDatabase,
  ratings: readonly (readonly [string, string, number])[],
): Promise<void> {
  const columns = [0, 1, 2].map((at) => ratings.map((given) => given[at]));
  await database.pool.query(
    'INSERT INTO dim_customer (code) SELECT DISTINCT unnest($1::text[]) ORDER BY 1 ON CONFLICT DO NOTHING',
    [columns[0]],
  );
  await database.pool.query(
    'INSERT INTO dim_product (code) SELECT DISTINCT unnest($1::text[]) ORDER BY 1 ON CONFLICT DO NOTHING',
    [columns[1]],
  );
  await database.pool.query(
    `INSERT INTO fact_event (source, event_id, type, customer_id, product_id, value, occurred_at)
     SELECT 'ratings', place, 'rating', customer.id, product.id, stars, '2024-01-01T00:00:00Z'::timestamptz + place * interval '1 hour'
     FROM unnest($1::text[], $2::text[], $3::numeric[]) WITH ORDINALITY AS given (customer, product, stars, place)
     JOIN dim_customer AS customer ON customer.code = given.customer
     JOIN dim_product AS product ON product.code = given.product`,
    columns,
  );
}

export type Ratings = Parameters<typeof rate>[1];

/** Three customers: only 104 is new to customer 1, and both others rated it. */
export const threeCustomers: Ratings = [
  ['1', '101', 5],
  ['1', '102', 4],
  ['1', '103', 3],
  ['2', '101', 4],
  ['2', '104', 5],
  ['3', '102', 2],
  ['3', '103', 3],
  ['3', '104', 4],
];

/** Five customers, u0 to u4, and four products, i0 to i3, whose factors at rank 2 are known. */
export const fiveCustomers: Ratings = [
  [5, 3, 0, 1],
  [4, 0, 0, 1],
  [1, 1, 0, 5],
  [1, 0, 0, 4],
  [0, 1, 5, 4],
].flatMap((row, user) =>
  row.flatMap((stars, item) => (stars > 0 ? [[`u${user}`, `i${item}`, stars] as const] : [])),
);
