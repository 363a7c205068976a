// A metric inside another statement, and decimals that no JSON number can carry.

import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openScope } from '../../src/core/scope.js';
import { definitions } from '../../src/metrics/definitions.js';
import { metricJson, metricsOfModel } from '../../src/metrics/emit-aggregate.js';
import { createReports } from '../../src/metrics/reports.js';
import { catalogue } from '../../src/warehouse/catalogue.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { fillSmallShop } from '../support/small-shop.js';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  await fillSmallShop(database.pool);
});

afterAll(() => database?.close());

async function aggregates(where = sql`true`) {
  const columns = metricsOfModel(definitions, 'Sale').map(
    (metric) => sql`${metricJson(catalogue, definitions, metric, 's')} as ${sql.ref(metric.name)}`,
  );
  const query = sql<Record<string, string>>`select ${sql.join(columns)} from fact_sales as s where ${where}`;
  const { rows } = await query.execute(database.kysely);
  return rows[0];
}

describe('metricJson', () => {
  it('gives what the report gives, for every metric of the model', async () => {
    const { totals } = await createReports({ database, catalogue, definitions }).report(
      { metrics: metricsOfModel(definitions, 'Sale').map(({ name }) => name) },
      openScope,
    );
    expect(await aggregates()).toEqual(
      Object.fromEntries(totals.map(({ metric, value }) => [metric, value])),
    );
  });

  it('gives zeros and nulls over no rows', async () => {
    const values = await aggregates(sql`false`);
    expect(values).toMatchObject({
      REVENUE: '0',
      ORDERS: '0',
      RETURN_RATE: 'null',
      AVERAGE_ORDER_VALUE: 'null',
    });
  });
});

describe('a value of more than 15 digits', () => {
  it('is refused, not rounded, by reports and by aggregates', async () => {
    await database.pool.query(
      `update fact_sales set amount = 99999999999.9999 where id in (select id from fact_sales where kind = 'SALE' limit 2)`,
    );
    const reports = createReports({ database, catalogue, definitions });
    await expect(reports.report({ metrics: ['GROSS_SALES'] }, openScope)).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringMatching(/^GROSS_SALES has a value of more than 15 digits/),
    });
    await expect(aggregates()).rejects.toThrow(
      /GROSS_SALES has more than 15 digits|REVENUE has more than 15 digits/,
    );
    const { totals } = await reports.report({ metrics: ['UNITS'] }, openScope);
    expect(totals).toHaveLength(1);
  });
});
