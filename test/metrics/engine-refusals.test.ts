// What the engines cannot say exactly is refused by name, before anything is run; and texts stay texts.

import { describe, expect, it } from 'vitest';
import { createDefinitions } from '../../src/metrics/definition.js';
import { definitions } from '../../src/metrics/definitions.js';
import { flinkDialect } from '../../src/metrics/emit-flink.js';
import { sparkDialect } from '../../src/metrics/emit-spark.js';
import { planReport } from '../../src/metrics/plan-report.js';
import type { ReportRequest } from '../../src/metrics/report.js';
import { catalogue, type Model } from '../../src/warehouse/catalogue.js';
import type { Condition } from '../../src/warehouse/read/condition.js';

const tables = { table: (model: Model) => model.table };
const parts = { rows: true, totals: false, freshness: false };
const revenue = { metrics: ['REVENUE'] };

const refused: readonly (readonly [string, ReportRequest, RegExp])[] = [
  ['empty periods', { ...revenue, grain: 'DAY', fill: true }, /cannot fill periods .*`fill`/],
  ['comparisons', { ...revenue, grain: 'DAY', compare: 'PREVIOUS_YEAR' }, /cannot compare .*`compare`/],
  [
    'zones without a place',
    { ...revenue, grain: 'DAY', timeZone: 'EST' },
    /EST.*name the time zone by a place/,
  ],
  [
    'finer comparisons than values',
    { ...revenue, having: [{ metric: 'REVENUE', gte: '1.00001' }] },
    /REVENUE with 1\.00001 in `having`; write at most \d+ digits before the point and 4 after it/,
  ],
  ...(
    [
      [
        'matches in any case',
        { op: 'match', field: 'invoice', operator: 'contains', value: 'a' },
        /Sale\.invoice/,
      ],
      ['the order of texts', { op: 'compare', field: 'source', operator: 'lt', value: 'm' }, /Sale\.source/],
      ['the order of enums', { op: 'compare', field: 'kind', operator: 'gte', value: 'SALE' }, /Sale\.kind/],
      [
        'times finer than a millisecond',
        { op: 'compare', field: 'soldAt', operator: 'lt', value: '2020-01-01T00:00:00.0001Z' },
        /Sale\.soldAt with 2020-01-01T00:00:00\.0001Z/,
      ],
      [
        'numbers that are none',
        { op: 'compare', field: 'amount', operator: 'lt', value: '1e3' },
        /Sale\.amount with 1e3/,
      ],
      [
        'lists of rows',
        {
          op: 'is',
          relation: 'product',
          item: { op: 'some', relation: 'sales', item: { op: 'and', items: [] } },
        },
        /Product\.sales, which leads to many rows/,
      ],
      [
        'rows that hold the key themselves',
        { op: 'is', relation: 'product', item: { op: 'null', field: 'stockLevel', negated: false } },
        /Product\.stockLevel, whose key stands in StockLevel/,
      ],
    ] satisfies [string, Condition, RegExp][]
  ).map(([title, filter, message]): [string, ReportRequest, RegExp] => [
    title,
    { ...revenue, filter },
    message,
  ]),
];

describe.each([flinkDialect, sparkDialect])('$title', (dialect) => {
  const query = (request: ReportRequest, from = definitions) =>
    dialect.report(catalogue, planReport(from, catalogue, request, parts), tables);

  it.each(refused)('refuses %s', (_, request, message) => {
    expect(() => query(request)).toThrow(message);
    expect(() => query(request)).toThrow(new RegExp(`^${dialect.title} cannot `));
  });

  it('refuses keys that it would write otherwise, by the name of the dimension', () => {
    const price = {
      name: 'PRICE',
      title: 'Price',
      description: 'The price.',
      by: { kind: 'field', path: [], value: 'unitPrice' },
    } as const;
    const own = createDefinitions(
      definitions.metrics
        .filter(({ name }) => name === 'REVENUE')
        .map((metric) => ({ ...metric, dimensions: [price] })),
    );
    expect(() => query({ ...revenue, by: ['PRICE'] }, own)).toThrow(
      `${dialect.title} cannot write the keys of PRICE, which are of the type Decimal, as the warehouse does`,
    );
  });

  it('names the columns that are read, and no others', () => {
    const { reads } = query({ metrics: ['ORDERS'], by: ['PRODUCT'], grain: 'DAY' });
    expect(reads.map(({ model, columns }) => [model.name, columns.map(({ name }) => name).sort()])).toEqual([
      ['Sale', ['invoice', 'kind', 'productId', 'soldAt', 'source']],
      ['Product', ['code', 'id', 'name']],
    ]);
  });

  it('gives every row where `first` is not asked for', () => {
    expect(query({ ...revenue, by: ['PRODUCT'] }).sql).not.toContain('LIMIT');
    expect(query({ ...revenue, by: ['PRODUCT'], first: 3 }).sql).toMatch(/\nLIMIT 3$/);
  });
});

const odd = `it's "a" \\ \${x}; -- ü 😀\n\``;

it('writes any text as one literal', () => {
  const filter: Condition = { op: 'compare', field: 'source', operator: 'equals', value: odd };
  const sqlOf = (dialect: typeof flinkDialect) =>
    dialect.report(catalogue, planReport(definitions, catalogue, { ...revenue, filter }, parts), tables).sql;
  expect(sqlOf(flinkDialect)).toContain(`= 'it''s "a" \\ \${x}; -- ü 😀\n\`')`);
  expect(sqlOf(sparkDialect)).toContain(
    `= 'it\\u0027s \\u0022a\\u0022 \\u005c \\u0024{x}\\u003b -- \\u00fc \\ud83d\\ude00\\u000a\\u0060')`,
  );
});
