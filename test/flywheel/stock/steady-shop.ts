// A shop that sells the same every day, so that what is to be ordered can be worked out by hand.

import type { Pool } from 'pg';

const opensAtMs = Date.parse('2025-01-01T00:00:00Z');

/** When the sixtieth day of the shop begins, the last one: that day runs. */
export const lastDayMs = opensAtMs + 59 * 86_400_000;

/** A moment of the last day, so many hours after it began. */
export const atHour = (hour: number) => new Date(lastDayMs + hour * 3_600_000);

/** Sells ten units of each product at six in the morning of each of sixty days. */
export async function fillSteadyShop(pool: Pool, ...codes: readonly string[]): Promise<void> {
  await pool.query(
    `INSERT INTO dim_date (id, day, year, quarter, month, day_of_month, iso_year, iso_week, weekday)
     SELECT to_char(day, 'YYYYMMDD')::int, day, extract(year FROM day), extract(quarter FROM day), extract(month FROM day),
            extract(day FROM day), extract(isoyear FROM day), extract(week FROM day), extract(isodow FROM day)
     FROM generate_series('2025-01-01'::date, '2025-12-31'::date, '1 day') AS day ON CONFLICT DO NOTHING`,
  );
  for (const code of codes) {
    await pool.query('INSERT INTO dim_product (code) VALUES ($1)', [code]);
    await pool.query(
      `INSERT INTO fact_sales (source, invoice, line, kind, product_id, date_id, quantity, unit_price, amount, sold_at)
       SELECT 'ledger', $1 || '/' || day, 1, 'SALE', id, to_char(sold.at AT TIME ZONE 'UTC', 'YYYYMMDD')::int, 10, 2, 20, sold.at
       FROM dim_product, generate_series(0, 59) AS day,
         LATERAL (SELECT $2::timestamptz + day * interval '24 hours' + interval '6 hours' AS at) AS sold
       WHERE code = $1`,
      [code, new Date(opensAtMs)],
    );
  }
}

let invoices = 0;

/** A sale, or a return where the units are below 0. */
export async function sell(pool: Pool, code: string, units: number, at: Date): Promise<void> {
  invoices += 1;
  await pool.query(
    `INSERT INTO fact_sales (source, invoice, line, kind, product_id, date_id, quantity, unit_price, amount, sold_at)
     SELECT 'till', $1, 1, $2, id, to_char($5::timestamptz AT TIME ZONE 'UTC', 'YYYYMMDD')::int, $4::numeric, 2, $4::numeric * 2, $5
     FROM dim_product WHERE code = $3`,
    [String(invoices), units < 0 ? 'RETURN' : 'SALE', code, units, at],
  );
}

/** The product with that code is counted, as a file or an event says it. */
export async function count(pool: Pool, code: string, units: number, at: Date): Promise<void> {
  await pool.query(
    `INSERT INTO stock_level (product_id, quantity, counted_at) SELECT id, $2, $3 FROM dim_product WHERE code = $1
     ON CONFLICT (product_id) DO UPDATE SET quantity = excluded.quantity, counted_at = excluded.counted_at`,
    [code, units, at],
  );
}
