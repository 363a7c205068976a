// Query.report and Query.metrics: what the schema offers, and that arguments and answers pass through it unharmed.

import { graphql } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GatewayContext } from '../../graphql/context.js';
import { loadSchema } from '../../graphql/schema.js';
import { definitions } from '../../src/metrics/definitions.js';
import { catalogue } from '../../src/warehouse/catalogue.js';
import { createReader } from '../../src/warehouse/read/reader.js';
import { createTestModelServices } from '../support/model-services.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { createTestContext, createTestServices } from '../support/services.js';
import { fillSmallShop } from '../support/small-shop.js';

let database: TestDatabase;
let context: GatewayContext;

beforeAll(async () => {
  database = await createTestDatabase();
  await fillSmallShop(database.pool);
  context = createTestContext(
    {
      ...createTestServices(database, createReader({ database, catalogue })),
      limits: { pageRows: 100, costRows: 1_000_000 },
    },
    createTestModelServices(database),
  );
});

afterAll(() => database.close());

async function ask(source: string, variableValues: Record<string, unknown> = {}) {
  const result = await graphql({ schema: await loadSchema(), source, contextValue: context, variableValues });
  // Through JSON, as a client sees it.
  return JSON.parse(JSON.stringify(result));
}

async function data(source: string, variableValues?: Record<string, unknown>) {
  const result = await ask(source, variableValues);
  expect(result.errors).toBeUndefined();
  return result.data;
}

describe('metrics', () => {
  it('lists every definition', async () => {
    const { metrics } = await data(
      '{ metrics { name title description unit dimensions live { every by membersMax } } }',
    );
    expect(metrics).toEqual(
      definitions.metrics.map(({ name, title, description, unit, dimensions, live }) => ({
        name,
        title,
        description,
        unit,
        dimensions: dimensions.map((dimension) => dimension.name),
        live: live ?? [],
      })),
    );
  });

  it('describes every type, field, argument and enum value of reports', async () => {
    const schema = await loadSchema();
    const names = [
      'Report ReportRow DimensionKey MetricValue MetricDefinition LiveCut Freshness MetricName Dimension Grain',
      'Comparison MetricCondition ReportOrder MetricFilter',
    ];
    for (const name of names.join(' ').split(' ')) {
      const type = schema.getType(name);
      expect(type?.description, name).toBeTruthy();
      const members = type && 'getValues' in type ? type.getValues() : [];
      const fields = type && 'getFields' in type ? Object.values(type.getFields()) : [];
      for (const member of [...members, ...fields])
        expect(member.description, `${name}.${member.name}`).toBeTruthy();
    }
    for (const argument of schema.getQueryType()?.getFields().report?.args ?? []) {
      expect(argument.description, argument.name).toBeTruthy();
    }
  });
});

describe('report', () => {
  it('is one row over everything when only metrics are asked for', async () => {
    const { report } = await data(
      '{ report(metrics: [REVENUE, INVOICES]) { rows { at keys { value } values { metric value previous } } totals { metric value } truncated } }',
    );
    const { rows } = await database.pool.query<{ revenue: string; invoices: string }>(
      'select sum(amount) as revenue, count(distinct invoice) as invoices from fact_sales',
    );
    const [truth] = rows;
    const values = [
      { metric: 'REVENUE', value: Number(truth?.revenue) },
      { metric: 'INVOICES', value: Number(truth?.invoices) },
    ];
    expect(report.totals).toEqual(values);
    expect(report.rows).toEqual([
      { at: null, keys: [], values: values.map((value) => ({ ...value, previous: null })) },
    ]);
    expect(report.truncated).toBe(false);
  });

  it('takes every argument, also through variables', async () => {
    const { report } = await data(
      `query ($from: DateTime, $filter: MetricFilter, $having: [MetricCondition!], $orderBy: [ReportOrder!]) {
        report(metrics: [REVENUE, AVERAGE_ORDER_VALUE], from: $from, to: "2023-07-01", grain: QUARTER, by: [CATEGORY],
               filter: $filter, having: $having, orderBy: $orderBy, first: 3, timeZone: "Europe/Paris", compare: PREVIOUS_YEAR) {
          rows { at keys { dimension value label } values { metric value previous } }
          freshness { newest arrived }
          truncated
        }
      }`,
      {
        from: '2023-01-01T00:00:00+01:00',
        filter: {
          kind: { equals: 'SALE' },
          customer: { code: { not: null } },
          OR: [{ region: { in: ['France', 'Germany'] } }],
        },
        having: [{ metric: 'REVENUE', gt: '0.5' }],
        orderBy: [{ metric: 'REVENUE', direction: 'DESC' }],
      },
    );
    const { rows } = await database.pool.query<{ category: string | null; revenue: string }>(
      `select p.category, sum(f.amount) as revenue
       from fact_sales f join dim_product p on p.id = f.product_id join dim_region r on r.id = f.region_id
       where f.kind = 'SALE' and f.customer_id is not null and r.name in ('France', 'Germany')
         and f.sold_at >= '2022-12-31T23:00Z' and f.sold_at < '2023-07-01Z'
       group by date_trunc('quarter', f.sold_at at time zone 'Europe/Paris'), 1 order by 2 desc limit 3`,
    );
    expect(report.rows).toHaveLength(3);
    expect(
      report.rows.map((row: { keys: { value: string | null }[]; values: { value: number }[] }) => [
        row.keys[0]?.value,
        row.values[0]?.value,
      ]),
    ).toEqual(rows.map(({ category, revenue }) => [category, Number(revenue)]));
    expect(
      report.rows.every(
        (row: { values: { previous: unknown }[] }) => typeof row.values[0]?.previous === 'number',
      ),
    ).toBe(true);
    expect(report.truncated).toBe(true);
    expect(report.freshness.newest).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it('filters by a customer that is missing', async () => {
    const { report } = await data(
      '{ report(metrics: [UNITS], by: [CUSTOMER], filter: { customer: null }) { rows { keys { value label } } } }',
    );
    expect(report.rows).toEqual([{ keys: [{ value: null, label: null }] }]);
  });

  it('filters by the segment of the customer, and cuts by it', async () => {
    await database.pool.query(
      `update dim_customer set segment = (array['LOYAL', 'AT_RISK', null])[id % 3 + 1]::segment_name`,
    );
    const { rows } = await database.pool.query<{
      segment: string | null;
      revenue: string;
      customers: string;
    }>(
      `select c.segment, sum(f.amount) as revenue, count(distinct c.id) as customers
       from fact_sales f left join dim_customer c on c.id = f.customer_id group by 1 order by 1`,
    );
    const expected = new Map(
      rows.map(({ segment, ...row }) => [segment, [Number(row.revenue), Number(row.customers)]]),
    );
    expect([...expected.keys()].sort()).toEqual(['AT_RISK', 'LOYAL', null]);

    const { cut, some, none } = await data(
      `query ($some: MetricFilter) {
        cut: report(metrics: [REVENUE, CUSTOMERS], by: [SEGMENT]) { rows { keys { value label } values { value } } }
        some: report(metrics: [REVENUE, CUSTOMERS], filter: $some) { totals { value } }
        none: report(metrics: [REVENUE], grain: YEAR, filter: { customer: { segment: { equals: NEW } } }) { rows { at } }
      }`,
      { some: { customer: { segment: { in: ['AT_RISK', 'NEW'] } } } },
    );
    const shown = cut.rows.map(
      (row: { keys: { value: string | null; label: string | null }[]; values: { value: number }[] }) => {
        expect(row.keys[0]?.label).toBe(row.keys[0]?.value);
        return [row.keys[0]?.value, row.values.map(({ value }) => value)] as const;
      },
    );
    expect(new Map(shown)).toEqual(expected);
    expect(some.totals.map(({ value }: { value: number }) => value)).toEqual(expected.get('AT_RISK'));
    expect(none.rows).toEqual([]);
  });

  it('computes only what is selected, through fragments too', async () => {
    const { report } = await data(
      '{ report(metrics: [UNITS]) { ...T } } fragment T on Report { totals { value } __typename }',
    );
    expect(report.__typename).toBe('Report');
    expect(report.totals).toHaveLength(1);
  });

  it.each([
    ['{ report(metrics: []) { truncated } }', /at least one metric/],
    ['{ report(metrics: [UNITS], timeZone: "Mars/Olympus") { truncated } }', /IANA name/],
    ['{ report(metrics: [UNITS], first: 0) { truncated } }', /from 1 to 10000/],
    ['{ report(metrics: [UNITS], from: "2023-01-01", to: "2023-01-01") { truncated } }', /earlier than/],
    ['{ report(metrics: [UNITS], orderBy: [{ direction: ASC }]) { truncated } }', /exactly one of/],
    [
      '{ report(metrics: [UNITS], orderBy: [{ dimension: REGION, direction: ASC }]) { truncated } }',
      /not in `by`/,
    ],
    ['{ report(metrics: [UNITS], having: [{ metric: UNITS }]) { truncated } }', /compares with nothing/],
    ['{ report(metrics: [UNITS], compare: PREVIOUS_YEAR) { truncated } }', /give a `grain`/],
  ])('refuses %s', async (source, sentence) => {
    const { errors } = await ask(source);
    expect(errors?.[0]?.message).toMatch(sentence);
  });
});
