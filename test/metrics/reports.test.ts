// Reports against an independent computation: zones and their turning clocks, ISO weeks, unknown keys, ratios, filling, comparing.

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openScope } from '../../src/core/scope.js';
import { definitions } from '../../src/metrics/definitions.js';
import type { Grain } from '../../src/metrics/grain.js';
import { type ReportRequest, reportRowsMax } from '../../src/metrics/report.js';
import { createReports, type Reports } from '../../src/metrics/reports.js';
import { catalogue } from '../../src/warehouse/catalogue.js';
import type { Condition } from '../../src/warehouse/read/condition.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { instantMs } from './local-time.js';
import { expectedReport, type Fact, type OracleRequest } from './oracle.js';
import { randomFacts, storeFacts } from './random-facts.js';

const facts = randomFacts(20_111_209, 160);
let database: TestDatabase;
let reports: Reports;

beforeAll(async () => {
  database = await createTestDatabase();
  await storeFacts(database.pool, facts);
  reports = createReports({ database, catalogue, definitions });
});

afterAll(() => database.close());

const local = (day: string) => Date.parse(`${day}T00:00Z`);

/** Ranges of local days, with where the range of the same length just before each begins. */
const ranges = [
  ['2020-01-01', '2020-07-01', '2019-07-01'],
  ['2020-02-29', '2020-03-29', '2020-01-29'],
  ['2020-03-01', '2020-03-31', '2020-01-31'],
  ['2019-12-30', '2020-01-01', '2019-12-28'],
  ['2020-10-25', '2020-11-02', '2020-10-17'],
  ['2011-12-01', '2021-12-01', '2001-12-01'],
].map(([from = '', to = '', before = '']) => ({ from: local(from), to: local(to), before: local(before) }));

const filters: readonly { readonly keeps: (fact: Fact) => boolean; readonly condition: Condition }[] = [
  {
    keeps: ({ kind }) => kind === 'SALE',
    condition: { op: 'compare', field: 'kind', operator: 'equals', value: 'SALE' },
  },
  {
    keeps: ({ customer }) => customer === null,
    condition: { op: 'null', field: 'customer', negated: false },
  },
  {
    keeps: ({ region, category }) => region !== 'EIRE' && category === 'Lamps' && region !== null,
    condition: {
      op: 'and',
      items: [
        {
          op: 'is',
          relation: 'region',
          item: { op: 'compare', field: 'name', operator: 'not', value: 'EIRE' },
        },
        {
          op: 'is',
          relation: 'product',
          item: { op: 'compare', field: 'category', operator: 'equals', value: 'Lamps' },
        },
      ],
    },
  },
];

const zones = [
  'UTC',
  'Europe/London',
  'America/New_York',
  'Asia/Kathmandu',
  'America/Havana',
  'Pacific/Apia',
  'Australia/Adelaide',
];

const ofSales = definitions.metrics.filter(({ source }) => source.model === 'Sale');
const metricNames = ofSales.map(({ name }) => name);
const dimensionNames = [...new Set(ofSales.flatMap(({ dimensions }) => dimensions.map(({ name }) => name)))];

const requests = fc
  .record({
    metrics: fc.subarray(metricNames, { minLength: 1, maxLength: 4 }),
    by: fc.shuffledSubarray(dimensionNames, { maxLength: 2 }),
    grain: fc.constantFrom<Grain>(
      'ALL',
      'YEAR',
      'QUARTER',
      'MONTH',
      'WEEK',
      'DAY',
      'HOUR',
      'MINUTE',
      'SECOND',
    ),
    timeZone: fc.constantFrom(...zones),
    range: fc.option(fc.constantFrom(...ranges), { freq: 3 }),
    filter: fc.option(fc.constantFrom(...filters), { freq: 2 }),
    having: fc.option(
      fc.record({ metric: fc.constantFrom(...metricNames), atLeast: fc.integer({ min: -50, max: 300 }) }),
      { freq: 1 },
    ),
    orderBy: fc.option(fc.record({ metric: fc.constantFrom(...metricNames), descending: fc.boolean() }), {
      freq: 1,
    }),
    first: fc.option(fc.integer({ min: 1, max: 30 }), { freq: 1 }),
    fill: fc.boolean(),
    compare: fc.option(fc.constantFrom('PREVIOUS_PERIOD' as const, 'PREVIOUS_YEAR' as const), { freq: 1 }),
  })
  .filter(isAnswerable);

type Drawn = Omit<OracleRequest, 'filter'> & { readonly filter: (typeof filters)[number] | null };

/** What the product refuses, and what would fill more rows than the oracle can make in time, is not drawn. */
function isAnswerable({ grain, by, fill, range, compare, timeZone }: Drawn): boolean {
  const short = ['HOUR', 'MINUTE', 'SECOND'].includes(grain);
  if (compare && grain === 'ALL' && !range) return false;
  // A local hour that was skipped or came twice a year before has no one counterpart.
  if (compare === 'PREVIOUS_YEAR' && short && !['UTC', 'Asia/Kathmandu'].includes(timeZone)) return false;
  if (!fill) return true;
  if (by.includes('WEEKDAY') && (short || grain === 'DAY')) return false;
  if (by.includes('HOUR_OF_DAY') && short) return false;
  const days = range ? (range.to - range.from) / 86_400_000 : 3650;
  if (grain === 'HOUR') return days < 10 && by.length === 0;
  if (grain === 'DAY') return days < 200 && by.length < 2;
  if (grain === 'WEEK' || grain === 'MONTH') return by.length < 2 || days < 200;
  return !short;
}

function toRequest(drawn: Drawn): ReportRequest {
  const { range, filter, having, orderBy, timeZone } = drawn;
  return {
    ...drawn,
    from: range && new Date(instantMs(range.from, timeZone)),
    to: range && new Date(instantMs(range.to, timeZone)),
    filter: filter?.condition ?? null,
    having: having && [{ metric: having.metric, gte: String(having.atLeast) }],
    orderBy: orderBy && [{ metric: orderBy.metric, direction: orderBy.descending ? 'DESC' : 'ASC' }],
  };
}

describe('reports', () => {
  it('say what an independent computation says', async () => {
    await fc.assert(
      fc.asyncProperty(requests, async (drawn) => {
        const { groups, answer } = expectedReport(facts, { ...drawn, filter: drawn.filter?.keeps ?? null });
        const report = reports.report(toRequest(drawn), openScope);
        if (drawn.fill && groups > reportRowsMax) {
          await expect(report).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
          return;
        }
        const { rows, totals, truncated } = await report;
        expect({ rows, totals, truncated }).toEqual(answer);
      }),
      { numRuns: 300, seed: 7 },
    );
  }, 120_000);
});
