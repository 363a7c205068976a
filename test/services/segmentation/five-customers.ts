// Five customers whose groups are known, as sales in a database.

import type { Pool } from 'pg';

/** Orders, average spend per order, days since the last order. */
export const fiveCustomers = [
  { orders: 5, average: 500, days: 10 },
  { orders: 2, average: 100, days: 40 },
  { orders: 10, average: 1200, days: 5 },
  { orders: 1, average: 50, days: 90 },
  { orders: 4, average: 300, days: 20 },
] as const;

/** Fills an empty, migrated database with customers 1 to 5; a guest's sale says which day is the last. */
export async function fillFiveCustomers(pool: Pool): Promise<void> {
  await pool.query(`INSERT INTO dim_product (code) VALUES ('thing')`);
  await pool.query(`INSERT INTO dim_customer (code) SELECT n::text FROM generate_series(1, 5) AS n`);
  await pool.query(
    `INSERT INTO dim_date (id, day, year, quarter, month, day_of_month, iso_year, iso_week, weekday)
     SELECT to_char(day, 'YYYYMMDD')::int, day, extract(year FROM day), extract(quarter FROM day), extract(month FROM day),
            extract(day FROM day), extract(isoyear FROM day), extract(week FROM day), extract(isodow FROM day)
     FROM generate_series('2023-10-01'::date, '2024-01-31'::date, '1 day') AS day`,
  );
  const sell = (customer: number | null, invoice: string, daysAgo: number, amount: number) =>
    pool.query(
      `INSERT INTO fact_sales (source, invoice, line, kind, product_id, customer_id, date_id, quantity, unit_price, amount, sold_at)
       SELECT 'five', $2, 1, 'SALE', product.id, (SELECT id FROM dim_customer WHERE code = $1),
              to_char(sold.at AT TIME ZONE 'UTC', 'YYYYMMDD')::int, 1, $4::numeric, $4::numeric, sold.at
       FROM dim_product AS product
       CROSS JOIN (SELECT '2024-02-01T23:30:00Z'::timestamptz - $3::integer * interval '1 day' AS at) AS sold`,
      [customer === null ? null : String(customer), invoice, daysAgo, amount],
    );
  await sell(null, 'guest', 1, 10);
  for (const [place, { orders, average, days }] of fiveCustomers.entries()) {
    for (let order = 0; order < orders; order += 1) {
      await sell(place + 1, `${place + 1}-${order}`, days + order, average);
    }
  }
}
