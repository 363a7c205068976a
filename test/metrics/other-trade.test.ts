// Reports of another trade: a fact with plain timestamps, dimensions of its own, every kind of measure, and both trades in one report.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openScope } from '../../src/core/scope.js';
import { createDefinitions, type MetricDefinition } from '../../src/metrics/definition.js';
import { definitions as sales } from '../../src/metrics/definitions.js';
import type { ReportRequest } from '../../src/metrics/report.js';
import { createReports, type Reports } from '../../src/metrics/reports.js';
import {
  type Column,
  catalogue,
  createCatalogue,
  type Model,
  type Relation,
} from '../../src/warehouse/catalogue.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';

const column = (name: string, type: Column['type'], more: Partial<Column> = {}): Column => ({
  name,
  column: name,
  type,
  nullable: false,
  hasDefault: false,
  description: null,
  ...more,
});
const relation = (name: string, model: string, from: string): Relation => ({
  name,
  model,
  list: false,
  nullable: true,
  from: [from],
  to: ['id'],
  owns: true,
  description: null,
});
const model = (
  name: string,
  table: string,
  uniqueKey: string,
  columns: Column[],
  relations: Relation[],
): Model => ({
  name,
  table,
  description: null,
  primaryKey: ['id'],
  uniqueKeys: [[uniqueKey]],
  columns: [column('id', 'Int', { hasDefault: true }), ...columns],
  relations,
});

// As Prisma writes a DateTime without a native type: no time zone, in UTC.
const plainTime = { nativeType: 'Timestamp', nativeArgs: ['3'] };
const clinic = model(
  'Clinic',
  'dim_clinic',
  'name',
  [
    column('name', 'String'),
    column('beds', 'Int', { nullable: true }),
    column('regionId', 'Int', { column: 'region_id' }),
  ],
  [relation('region', 'Region', 'regionId')],
);
const visit = model(
  'Visit',
  'fact_visit',
  'number',
  [
    column('number', 'String'),
    column('clinicId', 'Int', { column: 'clinic_id', nullable: true }),
    column('productId', 'Int', { column: 'product_id' }),
    column('minutes', 'Int', { nullable: true }),
    column('startedAt', 'DateTime', { column: 'started_at', ...plainTime }),
    column('storedAt', 'DateTime', { column: 'stored_at', ...plainTime }),
  ],
  [relation('clinic', 'Clinic', 'clinicId'), relation('product', 'Product', 'productId')],
);
const trade = createCatalogue([...catalogue.models, clinic, visit], catalogue.enums);

const product = sales.findDimension('PRODUCT');
if (!product) throw new Error('Sales have no products.');

const ofVisits: Omit<MetricDefinition, 'name' | 'measure'> = {
  title: 'Visits',
  description: 'Visits to clinics.',
  unit: 'COUNT',
  source: { model: 'Visit', time: 'startedAt', arrived: 'storedAt' },
  dimensions: [
    product,
    {
      name: 'CLINIC',
      title: 'Clinic',
      description: 'The clinic.',
      by: { kind: 'field', path: ['clinic'], value: 'name' },
    },
    {
      name: 'BEDS',
      title: 'Beds',
      description: 'How many beds the clinic has.',
      by: { kind: 'field', path: ['clinic'], value: 'beds' },
    },
    {
      name: 'CLINIC_REGION',
      title: 'Region of the clinic',
      description: 'Where the clinic is.',
      by: { kind: 'field', path: ['clinic', 'region'], value: 'name' },
    },
  ],
};

const definitions = createDefinitions([
  ...sales.metrics,
  { ...ofVisits, name: 'VISITS', measure: { kind: 'count' } },
  { ...ofVisits, name: 'CLINICS', measure: { kind: 'distinct', fields: ['clinicId'] } },
  { ...ofVisits, name: 'SHORTEST', measure: { kind: 'min', field: 'minutes' } },
  { ...ofVisits, name: 'LONGEST', measure: { kind: 'max', field: 'minutes' } },
  { ...ofVisits, name: 'AVERAGE_MINUTES', measure: { kind: 'average', field: 'minutes' } },
  {
    ...ofVisits,
    name: 'REVENUE_PER_VISIT',
    measure: { kind: 'ratio', numerator: 'REVENUE', denominator: 'VISITS' },
    dimensions: [product],
  },
]);

let database: TestDatabase;
let reports: Reports;

beforeAll(async () => {
  database = await createTestDatabase();
  await database.pool.query(`
    create table dim_clinic (id serial primary key, name text not null unique, beds int, region_id int references dim_region);
    create table fact_visit (id serial primary key, number text not null unique, clinic_id int references dim_clinic,
      product_id int not null references dim_product, minutes int, started_at timestamp(3) not null, stored_at timestamp(3) not null);
    insert into dim_region (name) values ('North'), ('South');
    insert into dim_product (code, name) values ('A', 'Plaster'), ('B', 'Salve'), ('C', 'Crutch');
    insert into dim_clinic (name, beds, region_id) values ('East End', 9, 1), ('West End', 10, 1), ('Old Town', null, 2);
    insert into fact_visit (number, clinic_id, product_id, minutes, started_at, stored_at) values
      ('v1', 1, 1, 10, '2023-03-31T22:30', '2023-04-01'), ('v2', 2, 1, 20, '2023-04-02T10:00', '2023-04-02'),
      ('v3', 3, 2, null, '2023-04-30T23:59:59.999', '2023-05-01'), ('v4', null, 2, 45, '2023-05-01', '2023-05-02'),
      ('v5', 1, 2, 26, '2023-05-31T12:00', '2023-06-01');
    insert into dim_date (id, day, year, quarter, month, day_of_month, iso_year, iso_week, weekday)
      values (20230405, '2023-04-05', 2023, 2, 4, 5, 2023, 14, 3);
    insert into fact_sales (source, invoice, line, kind, product_id, date_id, quantity, unit_price, amount, sold_at)
      values ('shop', '1', 1, 'SALE', 1, 20230405, 1, 7, 7, '2023-04-05T00:00Z'), ('shop', '2', 1, 'SALE', 3, 20230405, 1, 5, 5, '2023-04-05T00:00Z')`);
  reports = createReports({ database, catalogue: trade, definitions });
});

afterAll(() => database?.close());

async function rows(request: ReportRequest) {
  const report = await reports.report(request, openScope);
  return report.rows.map(({ at, keys, values }) => [
    ...(at ? [at.toISOString()] : []),
    ...keys.map(({ value }) => value),
    ...values.map(({ value }) => value),
  ]);
}

describe('another trade', () => {
  it('has every kind of measure, and nulls where there is nothing to measure', async () => {
    const metrics = ['VISITS', 'CLINICS', 'SHORTEST', 'LONGEST', 'AVERAGE_MINUTES'];
    expect(await rows({ metrics })).toEqual([['5', '3', '10', '45', '25.25']]);
    expect(await rows({ metrics, by: ['CLINIC'] })).toEqual([
      ['East End', '2', '1', '10', '26', '18'],
      ['Old Town', '1', '1', null, null, null],
      ['West End', '1', '1', '20', '20', '20'],
      [null, '1', '0', '45', '45', '45'],
    ]);
  });

  it('cuts plain timestamps, which are UTC, in a time zone', async () => {
    expect(await rows({ metrics: ['VISITS'], grain: 'MONTH', timeZone: 'Europe/Paris' })).toEqual([
      ['2023-03-31T22:00:00.000Z', '2'],
      ['2023-04-30T22:00:00.000Z', '3'],
    ]);
    const range = { from: new Date('2023-04-30T23:59:59.999Z'), to: new Date('2023-05-01T00:00:00Z') };
    expect(await rows({ metrics: ['VISITS'], ...range })).toEqual([['1']]);
    const { freshness } = await reports.report({ metrics: ['VISITS'] }, openScope);
    expect(freshness).toEqual({
      newest: new Date('2023-05-31T12:00Z'),
      arrived: new Date('2023-06-01T00:00Z'),
    });
  });

  it('follows a dimension over several relations, and orders numbers by size', async () => {
    expect(await rows({ metrics: ['VISITS', 'CLINICS'], by: ['CLINIC_REGION'] })).toEqual([
      ['North', '3', '2'],
      ['South', '1', '1'],
      [null, '1', '0'],
    ]);
    expect(await rows({ metrics: ['VISITS'], by: ['BEDS', 'CLINIC_REGION'] })).toEqual([
      ['9', 'North', '2'],
      ['10', 'North', '1'],
      [null, 'South', '1'],
      [null, null, '1'],
    ]);
  });

  it('stands beside sales in one report, over what both have', async () => {
    expect(await rows({ metrics: ['REVENUE', 'VISITS', 'REVENUE_PER_VISIT'], by: ['PRODUCT'] })).toEqual([
      ['A', '7', '2', '3.5'],
      ['B', '0', '3', '0'],
      ['C', '5', '0', null],
    ]);
    expect(await rows({ metrics: ['REVENUE', 'VISITS'], grain: 'MONTH' })).toEqual([
      ['2023-03-01T00:00:00.000Z', '0', '1'],
      ['2023-04-01T00:00:00.000Z', '12', '2'],
      ['2023-05-01T00:00:00.000Z', '0', '2'],
    ]);
    const { totals, freshness } = await reports.report({ metrics: ['REVENUE_PER_VISIT'] }, openScope);
    expect(totals).toEqual([{ metric: 'REVENUE_PER_VISIT', value: '2.4', previous: null }]);
    expect(freshness.newest).toEqual(new Date('2023-05-31T12:00Z'));
  });

  it('is refused beside sales over what only one of them has', async () => {
    await expect(rows({ metrics: ['REVENUE', 'VISITS'], by: ['CLINIC'] })).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringMatching(/REVENUE cannot be cut by CLINIC.*share PRODUCT/),
    });
    const filter = { op: 'null', field: 'clinic', negated: false } as const;
    await expect(rows({ metrics: ['REVENUE', 'VISITS'], filter })).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringMatching(/names clinic, which Sale does not have/),
    });
    expect(await rows({ metrics: ['VISITS'], filter })).toEqual([['1']]);
  });
});
