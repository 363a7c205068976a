// A small shop for tests that need something to read: the same rows whenever and wherever it is filled in.

import type { Pool } from 'pg';

/** What the shop holds. */
export const smallShop = {
  products: 40,
  customers: 30,
  sales: 600,
  regions: ['France', 'Germany', 'United Kingdom'],
} as const;

/**
 * Fills an empty, migrated database: sales over the years 2022 and 2023, of which every tenth is a return and
 * every seventh has no customer. Names hold quotes and signs beyond ASCII, prices hold four decimals.
 */
export async function fillSmallShop(pool: Pool): Promise<void> {
  await pool.query(`INSERT INTO dim_region (name) SELECT unnest($1::text[])`, [[...smallShop.regions]]);
  await pool.query(
    `INSERT INTO dim_product (code, name, category, description)
     SELECT 'P' || lpad(n::text, 3, '0'),
            CASE WHEN n % 9 = 0 THEN NULL ELSE (ARRAY['Lamp', 'Tin', 'Café "cup"', 'Bag', 'Jürgen''s bowl'])[n % 5 + 1] || ' ' || n END,
            CASE WHEN n % 11 = 0 THEN NULL ELSE (ARRAY['Kitchen', 'Lighting', 'Storage'])[n % 3 + 1] END,
            CASE WHEN n % 4 = 0 THEN 'A thing of 100 % wool_' || n END
     FROM generate_series(1, $1::int) AS n`,
    [smallShop.products],
  );
  await pool.query(
    `INSERT INTO dim_customer (code, name, region_id)
     SELECT 'C' || lpad(n::text, 3, '0'), CASE WHEN n % 5 = 0 THEN NULL ELSE 'Customer ' || n END,
            (SELECT id FROM dim_region ORDER BY name OFFSET n % 3 LIMIT 1)
     FROM generate_series(1, $1::int) AS n`,
    [smallShop.customers],
  );
  await pool.query(
    `INSERT INTO dim_date (id, day, year, quarter, month, day_of_month, iso_year, iso_week, weekday)
     SELECT to_char(day, 'YYYYMMDD')::int, day, extract(year FROM day), extract(quarter FROM day), extract(month FROM day),
            extract(day FROM day), extract(isoyear FROM day), extract(week FROM day), extract(isodow FROM day)
     FROM generate_series('2022-01-01'::date, '2023-12-31'::date, '1 day') AS day
     ON CONFLICT DO NOTHING`,
  );
  await pool.query(
    `INSERT INTO fact_sales (source, invoice, line, kind, product_id, customer_id, region_id, date_id, quantity, unit_price, amount, sold_at)
     SELECT 'shop', CASE WHEN n % 10 = 0 THEN 'C' ELSE '' END || (1000 + n / 3), n % 3 + 1,
            (CASE WHEN n % 10 = 0 THEN 'RETURN' ELSE 'SALE' END)::sale_kind, product.id, customer.id, customer.region_id,
            to_char(sold.at AT TIME ZONE 'UTC', 'YYYYMMDD')::int, sold.quantity, sold.price, sold.quantity * sold.price, sold.at
     FROM generate_series(1, $1::int) AS n
     CROSS JOIN LATERAL (
       SELECT '2022-01-01T00:00:00Z'::timestamptz + n * 29 * interval '1 hour' + n * interval '7.003 seconds' AS at,
              (CASE WHEN n % 10 = 0 THEN -1 ELSE 1 END) * (n % 7 + 1)::numeric AS quantity,
              (n % 23)::numeric + 0.2575 AS price
     ) AS sold
     JOIN dim_product AS product ON product.code = 'P' || lpad((n * 7 % $2 + 1)::text, 3, '0')
     LEFT JOIN dim_customer AS customer ON customer.code = 'C' || lpad((n * 11 % $3 + 1)::text, 3, '0') AND n % 7 <> 0
     ORDER BY n`,
    [smallShop.sales, smallShop.products, smallShop.customers],
  );
  await pool.query('ANALYZE');
}
