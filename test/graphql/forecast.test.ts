// Query.forecast: every metric goes on from its report, the example of the reference comes out, and what cannot be forecast is refused.

import { getNamedType, graphql, isEnumType, isInputObjectType, isObjectType, parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCostLimit } from '../../graphql/cost.js';
import { loadSchema } from '../../graphql/schema.js';
import type { ModelServices } from '../../graphql/service-calls.js';
import { FlywheelError } from '../../src/core/errors.js';
import { openScope } from '../../src/core/scope.js';
import { definitions } from '../../src/metrics/definitions.js';
import { forecastingBaselines } from '../../src/services/forecasting/baseline.js';
import { forecastingMethods } from '../../src/services/forecasting/contract.js';
import { createServiceClient } from '../../src/services/host/client.js';
import { catalogue } from '../../src/warehouse/catalogue.js';
import { createReader } from '../../src/warehouse/read/reader.js';
import { createTestModelServices } from '../support/model-services.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { createTestContext, createTestServices } from '../support/services.js';
import { fillSmallShop } from '../support/small-shop.js';
import { type EventFact, storeEvents, storeMeasurements } from '../support/stream-facts.js';

let shop: TestDatabase;
let empty: TestDatabase;

const dayMs = 86_400_000;

/** What is known of the stream: something nearly every day of half a year, and of views each third day only. */
const events: EventFact[] = Array.from({ length: 180 }, (_, day) => ({
  id: String(day),
  source: 'web',
  type: day % 3 === 0 ? 'view' : day % 3 === 1 ? 'click' : 'purchase',
  customer: `C00${(day % 5) + 1}`,
  product: null,
  atMs: Date.parse('2023-01-02T08:00Z') + day * dayMs,
}));

/** Monthly figures whose forecast by Holt's method is known. */
const year = [200, 220, 240, 260, 250, 300, 320, 340, 360, 380, 400, 420];
const yearAhead = [439.545451, 459.860136, 480.17482];

beforeAll(async () => {
  shop = await createTestDatabase();
  empty = await createTestDatabase();
  await fillSmallShop(shop.pool);
  await storeEvents(shop.pool, events);
  // Something is shown every day of that time, and every second time it is answered.
  await shop.pool.query(`
    WITH shown AS (
      INSERT INTO fact_exposure (decision_id, slot, kind, policy, shown_at)
      SELECT day::text, 1, 'RECOMMEND', 'blend', timestamptz '2023-01-02T08:00:00Z' + day * interval '1 day'
      FROM generate_series(0, 179) AS day RETURNING *
    )
    INSERT INTO fact_outcome (decision_id, slot, kind, policy, type, occurred_at)
    SELECT decision_id, slot, kind, policy, 'click', shown_at + interval '1 minute'
    FROM shown WHERE decision_id::integer % 2 = 0`);
  // Somebody bought for the last time on each of those days, and each of them was rolled up.
  await shop.pool.query(`
    WITH bought AS (
      INSERT INTO fact_customer_purchase (source, code, customer_id, total, orders, recency_days, as_of)
      SELECT 'files', day::text, 1 + day % 30, 10 + day % 7, 1 + day % 3, 179 - day,
        timestamptz '2023-01-02T08:00:00Z' + day * interval '1 day'
      FROM generate_series(0, 179) AS day RETURNING *
    )
    INSERT INTO fact_daily_rollup (source, metric, cut, key, day, value)
    SELECT source, 'REVENUE', '', '[]', date_trunc('day', as_of, 'UTC'), total FROM bought`);
  // The year, and one measurement of a January that has only begun.
  await storeMeasurements(
    shop.pool,
    [...year, 7].map((value, month) => ({
      id: String(month),
      source: 'plant',
      device: null,
      series: 'output',
      value: String(value),
      atMs: Date.UTC(2022, month, 15),
    })),
  );
});

afterAll(async () => {
  await shop?.close();
  await empty?.close();
});

interface Forecast {
  readonly metric: string;
  readonly method: string;
  readonly why: string;
  readonly notes: readonly { readonly code: string; readonly message: string }[];
  readonly history: readonly { readonly at: string; readonly value: number | null }[];
  readonly points: readonly {
    readonly at: string;
    readonly value: number;
    readonly intervals: readonly { readonly level: number; readonly lower: number; readonly upper: number }[];
  }[];
  readonly model: string | null;
  readonly degraded: boolean;
}

async function ask(args: string, database = shop, services?: ModelServices) {
  const context = createTestContext(
    createTestServices(database, createReader({ database, catalogue })),
    services ?? createTestModelServices(database),
  );
  const source = `{ forecast(${args}) { metric grain method why notes { code message } history { at value }
    points { at value intervals { level lower upper } } model degraded } }`;
  const result = await graphql({ schema: await loadSchema(), source, contextValue: context });
  return JSON.parse(JSON.stringify(result));
}

async function forecast(args: string, database = shop, services?: ModelServices): Promise<Forecast> {
  const { data, errors } = await ask(args, database, services);
  expect(errors).toBeUndefined();
  return data.forecast;
}

const startsOf = (rows: readonly { readonly at: string }[]) => rows.map(({ at }) => at.slice(0, 10));

describe('a forecast', () => {
  it('of the example by Holt is that of the reference', async () => {
    const { history, points, method, why, model, degraded } = await forecast(
      'metric: MEASUREMENT_TOTAL, grain: MONTH, horizon: 3, method: HOLT, filter: { series: { equals: "output" } }',
    );
    expect(history.map(({ value }) => value)).toEqual(year);
    expect(startsOf(points)).toEqual(['2023-01-01', '2023-02-01', '2023-03-01']);
    yearAhead.forEach((value, month) => {
      expect(points[month]?.value).toBeCloseTo(value, 4);
    });
    expect({ method, why, model, degraded }).toEqual({
      method: "Holt's linear trend",
      why: 'It was asked for.',
      model: 'forecasting/2',
      degraded: false,
    });
  });

  it.each(definitions.metrics.map(({ name }) => name))('goes on from the report of %s', async (metric) => {
    const { history, points, notes } = await forecast(`metric: ${metric}, grain: WEEK, horizon: 4`);
    const reports = createTestServices(shop, createReader({ database: shop, catalogue })).reports;
    const asked = { metrics: [metric], grain: 'WEEK' as const, fill: true };
    const { rows } = await reports.report(asked, openScope);
    const whole = rows.slice(0, -1).map(({ at, values: [first] }) => ({
      at: at?.toISOString(),
      value: first?.value === null ? null : Number(first?.value),
    }));
    expect(whole.length).toBeGreaterThan(20);
    // Sales begin on a Saturday, events on a Monday; measurements come once a month.
    const isSale = definitions.metrics
      .find(({ name }) => name === metric)
      ?.dimensions.some(({ name }) => name === 'KIND');
    expect(notes.some(({ code }) => code === 'FIRST_PERIOD_PARTIAL')).toBe(isSale);
    expect(history).toEqual(isSale ? whole.slice(1) : whole);
    // The week of the newest fact is the first that is forecast.
    const open = rows.at(-1)?.at?.getTime() ?? Number.NaN;
    expect(points.map(({ at }) => Date.parse(at))).toEqual([0, 7, 14, 21].map((day) => open + day * dayMs));
    for (const { value, intervals } of points) {
      const [{ level, lower, upper } = { level: 0, lower: 1, upper: 0 }] = intervals;
      expect([intervals.length, level]).toEqual([1, 0.8]);
      expect(lower).toBeLessThanOrEqual(value);
      expect(upper).toBeGreaterThanOrEqual(value);
    }
  });

  it('takes what has no value as unknown, and no sale as 0', async () => {
    const days = 'grain: DAY, horizon: 2, from: "2023-01-02", to: "2023-05-01"';
    const rate = await forecast(`metric: CLICK_RATE, ${days}`);
    expect(rate.history.slice(0, 4).map(({ value }) => value)).toEqual([0, null, null, 0]);
    expect(rate.notes.map(({ code }) => code)).toContain('GAPS_FILLED');
    const views = await forecast(`metric: VIEWS, ${days}`);
    expect(views.history.slice(0, 4).map(({ value }) => value)).toEqual([1, 0, 0, 1]);
    expect(views.notes.map(({ code }) => code)).not.toContain('GAPS_FILLED');
  });

  it('ends its intervals at 0 where the metric never was below, and says so', async () => {
    const wide = 'grain: WEEK, horizon: 4, levels: [0.5, 0.999]';
    const returns = await forecast(`metric: RETURNS, ${wide}, method: MEAN`);
    expect(returns.points.map(({ intervals }) => intervals.map(({ level }) => level))).toEqual(
      Array(4).fill([0.5, 0.999]),
    );
    expect(returns.points.map(({ intervals }) => intervals[1]?.lower)).toEqual([0, 0, 0, 0]);
    expect(returns.notes.map(({ code }) => code)).toContain('INTERVAL_CUT');
    const revenue = await forecast(`metric: REVENUE, ${wide}, method: MEAN`);
    expect(Math.min(...revenue.history.map(({ value }) => value ?? 0))).toBeLessThan(0);
    expect(revenue.points[0]?.intervals[1]?.lower).toBeLessThan(0);
    expect(revenue.notes.map(({ code }) => code)).not.toContain('INTERVAL_CUT');
  });

  it('takes a season that is given', async () => {
    const sold = 'metric: UNITS, grain: MONTH, horizon: 3, method: SEASONAL_NAIVE';
    const byYear = await forecast(sold);
    const byQuarter = await forecast(`${sold}, season: 3`);
    const last = byYear.history.map(({ value }) => value);
    expect(byYear.points.map(({ value }) => value)).toEqual(last.slice(-12, -9));
    expect(byQuarter.points.map(({ value }) => value)).toEqual(last.slice(-3));
  });

  it('is the last value while the service is away', async () => {
    const away = createServiceClient({
      service: 'forecasting',
      methods: forecastingMethods,
      carry: () => Promise.reject(new FlywheelError('UNAVAILABLE', 'It is away.')),
      baselines: forecastingBaselines,
    });
    const { points, history, why, model, degraded } = await forecast(
      'metric: UNITS, grain: MONTH, horizon: 2',
      shop,
      { ...createTestModelServices(shop), forecasting: away },
    );
    const last = history.at(-1)?.value;
    expect(points.map(({ value }) => value)).toEqual([last, last]);
    expect({ why, model, degraded }).toEqual({
      why: 'The last value: no forecast came in time.',
      model: null,
      degraded: true,
    });
  });
});

describe('a service that gives no forecast', () => {
  it('has the last value answered for it, as degraded', async () => {
    const silent = createServiceClient({
      service: 'forecasting',
      methods: forecastingMethods,
      carry: async (_method, items) => ({ model: null, results: items.map(() => null) }),
      baselines: forecastingBaselines,
    });
    const services = { ...createTestModelServices(shop), forecasting: silent };
    const { points, history, why, degraded } = await forecast(
      'metric: UNITS, grain: MONTH, horizon: 2',
      shop,
      services,
    );
    const last = history.at(-1)?.value;
    expect(points.map(({ value }) => value)).toEqual([last, last]);
    expect({ why, degraded }).toEqual({
      why: 'The last value: no forecast came in time.',
      degraded: true,
    });
  });
});

describe('the history', () => {
  const sold = 'metric: UNITS, horizon: 1';

  it('leaves out the period of the newest fact, and says so', async () => {
    const { rows } = await shop.pool.query<{ month: Date }>(
      `SELECT date_trunc('month', max(sold_at), 'UTC') AS month FROM fact_sales`,
    );
    const { history, points, notes } = await forecast(`${sold}, grain: MONTH`);
    const month = rows[0]?.month.toISOString();
    expect(history.map(({ at }) => at)).not.toContain(month);
    expect(points.map(({ at }) => at)).toEqual([month]);
    expect(notes.find(({ code }) => code === 'PERIOD_OPEN')?.message).toContain(`begins at ${month}`);
  });

  it.each([
    // The newest sale is of 27 December 2023.
    ['that ends with the newest sale', 'to: "2024-01-01"', '2023-12-01', '2024-01-01'],
    ['that ends before', 'to: "2023-07-01"', '2023-06-01', '2023-07-01'],
    ['that ends within a month', 'to: "2023-06-11T07:00:00Z"', '2023-05-01', '2023-06-01'],
    ['that ends long after', 'to: "2030-01-01"', '2023-11-01', '2023-12-01'],
    ['that begins within a month', 'from: "2023-09-02", to: "2024-01-01"', '2023-12-01', '2024-01-01'],
  ])('of a range %s has whole months', async (_range, range, last, next) => {
    const { history, points, notes } = await forecast(`${sold}, grain: MONTH, ${range}`);
    expect(startsOf(history)[0]).toBe(range.startsWith('from') ? '2023-10-01' : '2022-01-01');
    expect(startsOf(history).at(-1)).toBe(last);
    expect(startsOf(points)).toEqual([next]);
    expect(notes.some(({ code }) => code === 'PERIOD_OPEN')).toBe(next === '2023-12-01');
  });

  it.each(['MONTH', 'DAY'])(
    'by %s ends where it did when a clock dates a fact far ahead, and says so',
    async (grain) => {
      const asked = `metric: VIEWS, grain: ${grain}, horizon: 2`;
      const before = await forecast(asked);
      const [last] = events.slice(-3);
      if (last === undefined) throw new Error('There are events.');
      await storeEvents(shop.pool, [{ ...last, id: 'ahead', atMs: Date.parse('2099-07-01') }]);
      const after = await forecast(asked);
      const of = ({ code }: { readonly code: string }) => code === 'FUTURE_FACTS';
      expect(after.notes.find(of)?.message).toContain('dated 2099-07-01T00:00:00.000Z');
      expect({ ...after, notes: after.notes.filter((note) => !of(note)) }).toEqual(before);
      await shop.pool.query(`DELETE FROM fact_event WHERE event_id = 'ahead'`);
    },
  );

  it('is filtered as a report is, and goes on to the end where nothing more happened', async () => {
    const { history } = await forecast(
      'metric: UNITS, grain: MONTH, horizon: 1, filter: { source: { equals: "shop" }, product: { code: { equals: "P001" } } }',
    );
    const { rows } = await shop.pool.query<{ month: string; units: string }>(
      `SELECT to_char(sold_at AT TIME ZONE 'UTC', 'YYYY-MM') AS month, sum(quantity) AS units
       FROM fact_sales JOIN dim_product AS product ON product.id = product_id
       WHERE code = 'P001' AND sold_at < '2023-12-01Z' GROUP BY 1`,
    );
    const units = new Map(rows.map(({ month, units: sum }) => [month, Number(sum)]));
    expect(history.at(-1)?.at).toBe('2023-11-01T00:00:00.000Z');
    expect(history.map(({ at, value }) => [at.slice(0, 7), value])).toEqual(
      history.map(({ at }) => [at.slice(0, 7), units.get(at.slice(0, 7)) ?? 0]),
    );
    expect(history.filter(({ value }) => value !== 0)).toHaveLength(
      [...units.values()].filter((sum) => sum !== 0).length,
    );
  });

  it('goes on by the days of the time zone, whose clocks are turned', async () => {
    const { history, points } = await forecast(
      'metric: UNITS, grain: DAY, horizon: 100, timeZone: "Europe/London", from: "2023-10-01"',
    );
    expect(history[0]?.at).toBe('2023-10-01T23:00:00.000Z');
    expect(history.at(-1)?.at).toBe('2023-12-26T00:00:00.000Z');
    expect(points[0]?.at).toBe('2023-12-27T00:00:00.000Z');
    expect(points.map(({ at }) => at).slice(-6)).toEqual([
      '2024-03-30T00:00:00.000Z',
      '2024-03-31T00:00:00.000Z',
      '2024-03-31T23:00:00.000Z',
      '2024-04-01T23:00:00.000Z',
      '2024-04-02T23:00:00.000Z',
      '2024-04-03T23:00:00.000Z',
    ]);
  });

  it('of hours is the latest ones, from the first that something happened in', async () => {
    const { history } = await forecast(`${sold}, grain: HOUR, method: NAIVE`);
    // A sale every 29 hours: somewhere in the first 29 of the latest 2,000.
    expect(history.length).toBeLessThanOrEqual(2_000);
    expect(history.length).toBeGreaterThan(1_970);
    expect(history[0]?.value).not.toBe(0);
    const all = await forecast(`${sold}, grain: HOUR, method: NAIVE, from: "2023-01-01"`);
    expect(all.history.length).toBeGreaterThan(8_600);
    expect(all.history.slice(-history.length)).toEqual(history);
  });
});

describe('a first period that the facts begin in the midst of', () => {
  let late: TestDatabase;

  beforeAll(async () => {
    late = await createTestDatabase();
    // Something every day from 20 May 2022, a Friday, to 9 January 2023; a second shop joins in June.
    await storeEvents(
      late.pool,
      Array.from({ length: 235 }, (_, day) => ({
        id: String(day),
        source: day >= 40 && day % 2 === 0 ? 'app' : 'web',
        type: 'view',
        customer: null,
        product: null,
        atMs: Date.parse('2022-05-20T08:00Z') + day * dayMs,
      })),
    );
  });

  afterAll(async () => {
    await late?.close();
  });

  const views = 'metric: VIEWS, horizon: 1, method: NAIVE';
  const partialOf = (notes: Forecast['notes']) =>
    notes.find(({ code }) => code === 'FIRST_PERIOD_PARTIAL')?.message;

  it.each([
    ['WEEK', '2022-05-16', '2022-05-23'],
    ['MONTH', '2022-05-01', '2022-06-01'],
    ['QUARTER', '2022-04-01', '2022-07-01'],
  ])('is left out of a history of the grain %s, which says so', async (grain, left, first) => {
    const { history, notes } = await forecast(`${views}, grain: ${grain}`, late);
    expect(startsOf(history)[0]).toBe(first);
    expect(partialOf(notes)).toContain(`begins at ${left}T00:00:00.000Z: it is left out.`);
  });

  it('counts where there is no other, which is said too', async () => {
    const { history, notes } = await forecast(`${views}, grain: YEAR`, late);
    expect(history).toEqual([{ at: '2022-01-01T00:00:00.000Z', value: 226 }]);
    expect(partialOf(notes)).toContain('it counts all the same');
  });

  it.each([
    ['grain: DAY', '2022-05-20'],
    ['grain: MONTH, from: "2022-05-01"', '2022-05-01'],
    ['grain: MONTH, filter: { source: { equals: "app" } }', '2022-06-01'],
  ])('is none with %s', async (args, first) => {
    const { history, notes } = await forecast(`${views}, ${args}`, late);
    expect(startsOf(history)[0]).toBe(first);
    expect(partialOf(notes)).toBeUndefined();
  });
});

describe('what is refused', () => {
  const sold = 'metric: UNITS, grain: MONTH, horizon: 1';

  it('leaves the rest of the answer as it is', async () => {
    const { data, errors } = await ask(`${sold}, season: 0) { why } rest: forecast(${sold}`);
    expect(errors).toMatchObject([{ path: ['forecast'] }]);
    expect(data.forecast).toBeNull();
    expect(data.rest.points).toHaveLength(1);
  });

  it.each([
    ['metric: UNITS, grain: ALL, horizon: 1', /forecast by ALL; `grain` may be MINUTE, HOUR, DAY/],
    ['metric: UNITS, grain: SECOND, horizon: 1', /forecast by SECOND/],
    ['metric: UNITS, grain: DAY, horizon: 0', /`horizon` is 0; it must be from 1 to 1000/],
    ['metric: UNITS, grain: DAY, horizon: 1001', /`horizon` is 1001/],
    [`${sold}, season: 0`, /`season` is 0; it must be from 1 to 1000/],
    [`${sold}, levels: [0.8, 80]`, /`levels` holds 80; each must be between 0 and 1/],
    [`${sold}, levels: [0]`, /`levels` holds 0/],
    [`${sold}, levels: [${Array(11).fill(0.5)}]`, /at most 10 entries, and these are 11/],
    [
      'metric: UNITS, grain: DAY, horizon: 1000, levels: [0.5, 0.8, 0.9]',
      /`horizon` of 1000 with 3 `levels` makes 3000 intervals, and at most 2000 are answered/,
    ],
    [`${sold}, timeZone: "Mars/Olympus"`, /IANA name/],
    [`${sold}, filter: { device: { equals: "x" } }`, /UNITS cannot be filtered by `device`/],
    [`${sold}, from: "2023-06-02", to: "2023-06-30"`, /no value in a whole month of the range/],
    [
      `${sold}, from: "2023-12-01"`,
      /no value in a whole month of the range. The month that begins at 2023-12-01/,
    ],
    [`${sold}, filter: { source: { equals: "?" } }`, /no value that the filter matches/],
    [
      `metric: UNITS, grain: HOUR, horizon: 1, filter: { source: { equals: "?" } }`,
      /that the filter matches/,
    ],
    [`metric: UNITS, grain: MINUTE, horizon: 1, from: "2023-01-01"`, /10000 periods at most.*later `from`/],
  ])('is %s', async (args, sentence) => {
    const { errors } = await ask(args);
    expect(errors?.[0]?.message).toMatch(sentence);
  });

  it('is anything before the first fact', async () => {
    const { errors } = await ask(sold, empty);
    expect(errors?.[0]?.message).toMatch(/the warehouse holds no facts of it yet/);
  });
});

describe('the schema', () => {
  it('describes all of it', async () => {
    const schema = await loadSchema();
    const names = 'Forecast ForecastPoint ForecastHistoryPoint ForecastInterval ForecastNote ForecastMethod';
    for (const name of names.split(' ')) {
      const type = getNamedType(schema.getType(name));
      expect(type?.description, name).toBeTruthy();
      const members = isEnumType(type) ? type.getValues() : [];
      const fields = isObjectType(type) || isInputObjectType(type) ? Object.values(type.getFields()) : [];
      expect(members.length + fields.length, name).toBeGreaterThan(0);
      for (const { name: part, description } of [...members, ...fields]) {
        expect(description, `${name}.${part}`).toBeTruthy();
      }
    }
  });

  it.each([
    ['a dashboard have twenty forecasts, and not a hundred', 20, 100, forecasts],
    ['a page of fifty products be forecast, and not two hundred', 50, 200, forecastsOfProducts],
  ])('lets %s', async (_what, few, many, sourceOf) => {
    const check = await costCheck();
    expect(() => check(sourceOf(few))).not.toThrow();
    expect(() => check(sourceOf(many))).toThrow(/could touch/);
  });

  it('counts each value and interval of an answer, and each period of a season', async () => {
    const costOf = await costCheck(0);
    const metric = (more: string) => `{ forecast(metric: UNITS, grain: DAY, ${more}) { why } }`;
    const touches = (source: string, rows: number, variables = {}) =>
      expect(() => costOf(source, variables)).toThrow(`could touch ${rows} rows`);
    touches(metric('horizon: 1'), 4_001 + 3);
    touches(metric('horizon: 100, levels: [0.5, 0.9]'), 4_001 + 500);
    touches(metric('horizon: 1, season: 1000'), 4_001 + 3 + 1_000);
    touches(metric('horizon: -9'), 4_001);
    const product = '{ product(code: "P1") { forecast { why } } }';
    touches(product, 1 + 1_001 + 12);
    touches(
      'query ($far: Int!, $levels: [Float!]!) { product(code: "P1") { forecast(horizon: $far, levels: $levels) { why } } }',
      1 + 1_001 + 50,
      { far: 10, levels: [0.8, 0.9] },
    );
  });
});

/** Throws where a document costs more than a request may. */
async function costCheck(most = 100_000) {
  const limit = createCostLimit(await loadSchema(), most);
  return (source: string, variables: Readonly<Record<string, unknown>> = {}) => {
    const document = parse(source);
    const [operation] = document.definitions;
    if (operation?.kind !== 'OperationDefinition') throw new Error('There is no operation.');
    limit.check(document, operation, variables);
  };
}

function forecasts(count: number): string {
  const one = 'forecast(metric: UNITS, grain: DAY, horizon: 9) { points { value intervals { lower } } }';
  return `{ ${Array.from({ length: count }, (_, place) => `f${place}: ${one}`).join(' ')} }`;
}

function forecastsOfProducts(count: number): string {
  return `{ products(first: ${count}) { nodes { forecast { history { value } points { value } } } } }`;
}
