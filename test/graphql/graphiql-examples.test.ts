// Holds that GraphiQL's questions are asked about what is loaded, and that the page opens whatever the warehouse does.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGraphiqlExamples } from '../../graphql/graphiql-examples.js';
import { createLog } from '../../src/core/log.js';
import { definitions } from '../../src/metrics/definitions.js';
import { createReports } from '../../src/metrics/reports.js';
import { catalogue } from '../../src/warehouse/catalogue.js';
import { createDatabase } from '../../src/warehouse/database.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { fillSmallShop, smallShop } from '../support/small-shop.js';

const log = createLog({ level: 'silent' });

describe('examples', () => {
  let database: TestDatabase;
  let nowMs = 0;
  const clock = { nowMs: () => nowMs };

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(async () => {
    await database?.close();
  });

  it('are chosen anew once a minute, and none from an empty warehouse', async () => {
    const examples = createGraphiqlExamples({
      reports: createReports({ database, catalogue, definitions }),
      clock,
      log,
    });
    expect(await examples()).toEqual({});
    await fillSmallShop(database.pool);
    nowMs += 59_999;
    expect(await examples()).toEqual({});
    nowMs += 1;
    const { newestSaleAt, region, productWord, product, customer } = await examples();
    const { rows } = await database.pool.query('SELECT max(sold_at) AS newest FROM fact_sales');
    expect(newestSaleAt).toEqual(rows[0].newest);
    expect(smallShop.regions).toContain(region);
    const found = await database.pool.query(`SELECT 1 FROM dim_product WHERE name ILIKE '%' || $1 || '%'`, [
      productWord,
    ]);
    expect(found.rowCount).toBeGreaterThan(0);
    const members = await database.pool.query(
      'SELECT 1 FROM dim_product AS product, dim_customer AS customer WHERE product.code = $1 AND customer.code = $2',
      [product, customer],
    );
    expect(members.rowCount).toBe(1);
  });

  it('are left out while the warehouse does not answer, and asked for again at once', async () => {
    const away = createDatabase({ url: 'postgresql://nobody@127.0.0.1:1/nothing', connectTimeoutMs: 500 });
    const examples = createGraphiqlExamples({
      reports: createReports({ database: away, catalogue, definitions }),
      clock,
      log,
    });
    const first = examples();
    expect(await first).toEqual({});
    expect(examples()).not.toBe(first);
    await away.close();
  });
});
