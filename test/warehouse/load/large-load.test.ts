import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadFile } from '../../../src/warehouse/load/load-file.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { describeWithSharedFile } from '../../support/shared-data.js';

describeWithSharedFile('data/online-retail.csv.gz', 'Online Retail', (file) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
    await database.pool.query(`COMMENT ON INDEX fact_sales_sold_at_id_idx IS 'by time'`);
  });
  afterAll(() => database?.close());

  const one = async (text: string) => (await database.pool.query(text)).rows[0];
  const structure = async () =>
    (
      await database.pool.query(`
        SELECT conname AS name, pg_get_constraintdef(oid) AS definition, convalidated AS valid, NULL AS comment
        FROM pg_constraint WHERE conrelid = 'fact_sales'::regclass
        UNION ALL SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid), indisvalid, obj_description(indexrelid)
        FROM pg_index WHERE indrelid = 'fact_sales'::regclass ORDER BY 1, 2`)
    ).rows;
  const facts = `SELECT count(*)::int AS lines, sum(amount) AS amount, count(DISTINCT invoice)::int AS invoices,
    count(DISTINCT customer_id)::int AS customers, count(DISTINCT region_id)::int AS regions,
    count(DISTINCT product_id)::int AS products, count(*) FILTER (WHERE customer_id IS NULL)::int AS guests,
    count(*) FILTER (WHERE kind = 'RETURN')::int AS returns, count(*) FILTER (WHERE kind = 'ADJUSTMENT')::int AS adjustments,
    min(arrived_at)::text AS arrived, max(id)::text AS last_id FROM fact_sales WHERE source = 'online-retail'`;
  const expected = {
    lines: 541_909,
    amount: '9747747.9340',
    invoices: 25_900,
    customers: 4_372,
    regions: 38,
    products: 4_070,
    guests: 135_080,
    returns: 9_288,
    adjustments: 3,
  };

  test('loads whole, and puts every index and constraint back as it was', async () => {
    const before = await structure();
    const summary = await loadFile({ database, file, format: 'online-retail' });
    expect(summary).toMatchObject({
      inserted: 541_909,
      rejected: 0,
      created: { Product: 4_070, Customer: 4_372, Region: 38 },
    });
    expect(await one(facts)).toMatchObject(expected);
    expect(await structure()).toEqual(before);
  }, 180_000);

  test('names products by majority and customers by plain codes', async () => {
    expect(await one(`SELECT name FROM dim_product WHERE code = '22423'`)).toEqual({
      name: 'REGENCY CAKESTAND 3 TIER',
    });
    expect(
      await one(`SELECT count(*)::int FROM dim_customer WHERE code !~ '^[0-9]+$' OR region_id IS NULL`),
    ).toEqual({ count: 0 });
    expect(
      await one(`SELECT count(*)::int FROM dim_customer c WHERE region_id <> (
        SELECT region_id FROM fact_sales WHERE customer_id = c.id ORDER BY sold_at DESC, id DESC LIMIT 1)`),
    ).toEqual({ count: 0 });
  });

  test('loaded again changes nothing', async () => {
    const before = await one(facts);
    expect(await loadFile({ database, file, format: 'online-retail' })).toMatchObject({
      inserted: 0,
      deleted: 0,
      unchanged: 541_909,
    });
    expect(await one(facts)).toEqual(before);
  }, 180_000);
});
