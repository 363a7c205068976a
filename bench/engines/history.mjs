// A history of made-up sales in PostgreSQL, grown to one size after the other: its figures are the same in every run.
import pg from 'pg';

const products = 5_000;
const customers = 50_000;
const regions = 40;
const linesOfInvoice = 4;
/** Rows that one statement inserts: small enough for progress, large enough to cost nothing by their number. */
const rowsOfStatement = 250_000;

const dimensions = [
  `INSERT INTO dim_product (id, code, name, category)
   SELECT i, 'P' || i, 'Product ' || i, CASE WHEN i % 21 > 0 THEN 'Category ' || i % 21 END FROM generate_series(1, ${products}) i`,
  `INSERT INTO dim_region (id, name) SELECT i, 'Region ' || i FROM generate_series(1, ${regions}) i`,
  `INSERT INTO dim_customer (id, code, region_id) SELECT i, 'C' || i, 1 + i % ${regions} FROM generate_series(1, ${customers}) i`,
  `INSERT INTO dim_date (id, day, year, quarter, month, day_of_month, iso_year, iso_week, weekday)
   SELECT to_char(day, 'YYYYMMDD')::int, day, extract(year FROM day), extract(quarter FROM day), extract(month FROM day),
     extract(day FROM day), extract(isoyear FROM day), extract(week FROM day), extract(isodow FROM day)
   FROM generate_series(date '2023-01-01', date '2024-12-31', interval '1 day') AS days (day) ON CONFLICT DO NOTHING`,
  // Nobody needs it after a crash, so it is written once and not twice.
  'ALTER TABLE fact_sales SET UNLOGGED',
];

/**
 * Lines of invoices of two years, in no order of time: a fifth of the invoices are of guests, one in 25 is a return, and
 * each figure follows from the number of its line alone.
 */
const lines = `
  INSERT INTO fact_sales
    (id, source, invoice, line, kind, product_id, customer_id, region_id, date_id, quantity, unit_price, amount, sold_at, arrived_at)
  SELECT i, 'bench', 'I' || invoice, 1 + i % ${linesOfInvoice}, CASE WHEN returned THEN 'RETURN' ELSE 'SALE' END::sale_kind,
    product, CASE WHEN invoice % 5 > 0 THEN 1 + invoice * 7919 % ${customers} END, region, to_char(sold, 'YYYYMMDD')::int,
    units, cents * 0.01, cents * units * 0.01, sold, timestamptz '2025-01-01'
  FROM generate_series($1::bigint, $2::bigint) i
  CROSS JOIN LATERAL (SELECT i / ${linesOfInvoice} AS invoice, 1 + i * 31 % ${products} AS product) AS a
  CROSS JOIN LATERAL (
    SELECT invoice % 25 = 7 AS returned, 1 + invoice * 7919 % ${regions} AS region, 100 + product * 37 % 9000 AS cents,
      timestamptz '2023-01-01' + invoice * 86028157 % 63158400 * interval '1 second' AS sold
  ) AS b
  CROSS JOIN LATERAL (SELECT CASE WHEN returned THEN -1 - i % 3 ELSE 1 + i % 12 END AS units) AS c`;

/**
 * Migrates the database and fills all but the sales.
 * @param {string} url @param {(url: string) => Promise<unknown>} migrate
 */
export async function openHistory(url, migrate) {
  await migrate(url);
  const client = new pg.Client(url);
  // Whoever interrupts the run stops the server first.
  client.on('error', () => undefined);
  await client.connect();
  for (const statement of dimensions) await client.query(statement);
  let size = 0;
  return {
    client,
    /**
     * Grows to `rows` lines. The indexes are those of the product, built once the lines are there; the foreign keys are not
     * checked one by one.
     * @param {number} rows @param {{ connections: number, signal: AbortSignal, progress: (done: number) => void }} options
     */
    async grow(rows, { connections, signal, progress }) {
      const { rows: indexes } = await client.query(
        `SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
         FROM pg_index WHERE indrelid = 'fact_sales'::regclass AND NOT indisprimary`,
      );
      for (const { name } of indexes) await client.query(`DROP INDEX ${name}`);
      const startedMs = performance.now();
      await Promise.all(
        Array.from({ length: connections }, async () => {
          const writer = new pg.Client(url);
          await writer.connect();
          await writer.query('SET session_replication_role = replica');
          try {
            for (let from = size; from < rows; from = size) {
              signal.throwIfAborted();
              size = Math.min(rows, from + rowsOfStatement);
              await writer.query(lines, [from + 1, size]);
              progress(size);
            }
          } finally {
            await writer.end();
          }
        }),
      );
      const filledMs = performance.now();
      await client.query("SET maintenance_work_mem = '512MB'");
      for (const { definition } of indexes) await client.query(definition);
      const indexedMs = performance.now();
      await client.query('VACUUM (ANALYZE)');
      const { rows: found } = await client.query(
        "SELECT count(*)::int AS rows, pg_total_relation_size('fact_sales')::float8 AS bytes FROM fact_sales",
      );
      if (found[0].rows !== rows) throw new Error(`${found[0].rows} of ${rows} sales are there.`);
      return {
        fillSeconds: (filledMs - startedMs) / 1_000,
        indexSeconds: (indexedMs - filledMs) / 1_000,
        vacuumSeconds: (performance.now() - indexedMs) / 1_000,
        gigabytes: found[0].bytes / 1e9,
      };
    },
    close: () => client.end(),
  };
}

/** @typedef {Awaited<ReturnType<typeof openHistory>>} History */
