// Periods as they are counted here against those that the database fills a report with, where clocks are turned.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { openScope } from '../../src/core/scope.js';
import { definitions } from '../../src/metrics/definitions.js';
import { type PeriodGrain, zoneOf } from '../../src/metrics/grain.js';
import { periodsOf } from '../../src/metrics/periods.js';
import { createReports, type Reports } from '../../src/metrics/reports.js';
import { catalogue } from '../../src/warehouse/catalogue.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';

let database: TestDatabase;
let reports: Reports;
beforeAll(async () => {
  database = await createTestDatabase();
  reports = createReports({ database, catalogue, definitions });
});
afterAll(() => database?.close());

/** Ranges with something that is not as usual in them. */
const ranges: readonly (readonly [zone: string, from: string, to: string, grains: readonly PeriodGrain[]])[] =
  [
    ['UTC', '2023-12-31T22:10Z', '2024-01-01T01:20Z', ['MINUTE', 'HOUR']],
    ['UTC', '2019-12-15T10:00Z', '2021-03-02T00:00Z', ['DAY', 'WEEK', 'MONTH', 'QUARTER', 'YEAR']],
    ['Europe/London', '2023-03-20T10:00Z', '2023-11-02T12:00Z', ['DAY', 'WEEK', 'MONTH', 'QUARTER', 'YEAR']],
    ['Europe/London', '2023-03-25T20:30Z', '2023-03-26T06:00Z', ['MINUTE', 'HOUR']],
    ['Europe/London', '2023-10-28T20:30Z', '2023-10-29T06:00Z', ['HOUR', 'DAY']],
    // Its midnight comes twice, and its midnight is skipped.
    ['America/Havana', '2023-11-03T12:00Z', '2023-11-07T12:00Z', ['HOUR', 'DAY', 'WEEK']],
    ['America/Sao_Paulo', '2018-11-02T12:00Z', '2018-11-06T12:00Z', ['HOUR', 'DAY', 'WEEK', 'MONTH']],
    // Half an hour, and a day that never was.
    ['Australia/Lord_Howe', '2023-03-31T10:00Z', '2023-04-02T23:00Z', ['HOUR', 'DAY']],
    ['Australia/Lord_Howe', '2023-09-30T02:00Z', '2023-10-01T23:00Z', ['HOUR', 'DAY']],
    ['Pacific/Apia', '2011-12-27T12:00Z', '2012-01-03T12:00Z', ['HOUR', 'DAY', 'WEEK', 'MONTH']],
    ['Asia/Kathmandu', '2024-02-27T12:10Z', '2024-03-03T12:40Z', ['MINUTE', 'HOUR', 'DAY']],
  ];

it.each(ranges)('are those of a report in %s from %s to %s', async (timeZone, from, to, grains) => {
  for (const grain of grains) {
    const range = { from: new Date(from), to: new Date(to) };
    const asked = { metrics: ['UNITS'], ...range, grain, timeZone, fill: true };
    const { rows } = await reports.report(asked, openScope);
    const filled = rows.map(({ at }) => at ?? new Date(Number.NaN));
    const [first = new Date(Number.NaN)] = filled;
    const last = filled.at(-1) ?? first;
    const periods = periodsOf(grain, zoneOf(timeZone));
    expect(periods.holding(range.from), grain).toEqual(first);
    expect(periods.holding(new Date(range.to.getTime() - 1)), grain).toEqual(last);
    // A range that lies within one period says nothing of the one after it.
    if (filled.length > 1) expect(periods.next(first), grain).toEqual(filled[1]);
    expect(periods.from(first, filled.length), grain).toEqual(filled);
    expect(periods.before(last, filled.length - 1), grain).toEqual(filled.slice(0, -1));
  }
});
