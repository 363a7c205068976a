// What is known of Online Retail, asked of the reports.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { openScope } from '../../src/core/scope.js';
import { definitions } from '../../src/metrics/definitions.js';
import { reportStatement } from '../../src/metrics/emit-postgres.js';
import { planReport } from '../../src/metrics/plan-report.js';
import type { ReportRequest } from '../../src/metrics/report.js';
import { createReports, type Reports } from '../../src/metrics/reports.js';
import { catalogue } from '../../src/warehouse/catalogue.js';
import { loadFile } from '../../src/warehouse/load/load-file.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { describeWithSharedFile } from '../support/shared-data.js';

describeWithSharedFile('data/online-retail.csv.gz', 'reports of Online Retail', (file) => {
  let database: TestDatabase;
  let reports: Reports;

  beforeAll(async () => {
    database = await createTestDatabase();
    await loadFile({ database, file, format: 'online-retail' });
    reports = createReports({ database, catalogue, definitions });
  }, 180_000);

  afterAll(() => database?.close());

  const valuesOf = (row: { readonly values: readonly { readonly value: string | null }[] } | undefined) =>
    row?.values.map(({ value }) => value);

  async function rowsByKey(request: ReportRequest) {
    const { rows } = await reports.report(request, openScope);
    return new Map(
      rows.map((row) => [row.keys[0]?.value ?? row.at?.toISOString().slice(0, 7), valuesOf(row)]),
    );
  }

  it('in all', async () => {
    const { rows, totals, freshness, truncated } = await reports.report(
      { metrics: ['REVENUE', 'INVOICES', 'CUSTOMERS'] },
      openScope,
    );
    expect(valuesOf({ values: totals })).toEqual(['9747747.934', '25900', '4372']);
    expect(rows.map(valuesOf)).toEqual([['9747747.934', '25900', '4372']]);
    expect(freshness.newest).toEqual(new Date('2011-12-09T12:50:00Z'));
    expect(truncated).toBe(false);
  });

  it('by month', async () => {
    const months = await rowsByKey({ metrics: ['REVENUE', 'INVOICES', 'CUSTOMERS'], grain: 'MONTH' });
    expect(months.size).toBe(13);
    expect(months.get('2010-12')).toEqual(['748957.02', '2025', '948']);
    expect(months.get('2011-11')).toEqual(['1461756.25', '3462', '1711']);
  });

  it('by region', async () => {
    const regions = await rowsByKey({ metrics: ['REVENUE'], by: ['REGION'] });
    expect(regions.size).toBe(38);
    expect(regions.get('United Kingdom')).toEqual(['8187806.364']);
    expect(regions.get('EIRE')).toEqual(['263276.82']);
  });

  it('by product, the best first', async () => {
    const { rows, truncated } = await reports.report(
      {
        metrics: ['REVENUE'],
        by: ['PRODUCT'],
        orderBy: [{ metric: 'REVENUE', direction: 'DESC' }],
        first: 2,
      },
      openScope,
    );
    expect(rows.map(({ keys, values }) => [keys[0]?.value, keys[0]?.label, values[0]?.value])).toEqual([
      ['DOT', 'DOTCOM POSTAGE', '206245.48'],
      ['22423', 'REGENCY CAKESTAND 3 TIER', '164762.19'],
    ]);
    expect(truncated).toBe(true);
  });

  it('guests are the rows whose customer is null', async () => {
    const customers = await rowsByKey({ metrics: ['CUSTOMERS', 'PRODUCTS_SOLD'], by: ['CUSTOMER'] });
    expect(customers.size).toBe(4373);
    const [guests] = [...customers]
      .filter(([customer]) => customer === undefined)
      .map(([, values]) => values);
    expect(guests?.[0]).toBe('0');
    const { totals } = await reports.report({ metrics: ['PRODUCTS_SOLD'] }, openScope);
    expect(valuesOf({ values: totals })).toEqual(['4070']);
  });

  it('reads a month, and the newest fact, through the index on time', async () => {
    const plan = planReport(
      definitions,
      catalogue,
      { metrics: ['REVENUE'], by: ['PRODUCT'], from: new Date('2011-03-01'), to: new Date('2011-04-01') },
      { rows: true, totals: false, freshness: true },
    );
    const { sql, parameters } = reportStatement(catalogue, plan).compile(database.kysely);
    const { rows } = await database.pool.query<[string]>({
      text: `explain ${sql}`,
      values: [...parameters],
      rowMode: 'array',
    });
    const lines = rows.map(([line]) => line).join('\n');
    expect(lines).not.toMatch(/Seq Scan on fact_sales/);
    expect(lines.match(/fact_sales_sold_at_id_idx/g)?.length).toBeGreaterThanOrEqual(2);
  });
});
