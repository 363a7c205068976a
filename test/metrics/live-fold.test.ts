// Folding rows into windows: exact sums, conditions, extremes, members, and longer windows made of shorter ones.

import { describe, expect, it } from 'vitest';
import { createDefinitions, liveCuts, type MetricDefinition } from '../../src/metrics/definition.js';
import { definitions } from '../../src/metrics/definitions.js';
import { planLiveCuts } from '../../src/metrics/live-cuts.js';
import { scaledOf, scaledText } from '../../src/metrics/live-decimal.js';
import type { FactRow } from '../../src/metrics/live-facts.js';
import { createFold } from '../../src/metrics/live-fold.js';
import { catalogue } from '../../src/warehouse/catalogue.js';

function foldOf(model: string, metrics: readonly MetricDefinition[], rows: readonly FactRow[]) {
  const [fact] = planLiveCuts(catalogue, createDefinitions(metrics)).factsOf(model);
  if (!fact) throw new Error(`${model} is not live.`);
  return createFold(fact.parts[0])(rows).map(({ cut, startMs, key, bucket }) => ({
    window: `${cut.every} ${new Date(startMs).toISOString().slice(0, 16)} ${key}`,
    rows: bucket.rows,
    counts: bucket.counts,
    decimals: bucket.decimals,
    members: bucket.members.map((members) => members && [...members]),
  }));
}

function live(name: string, more: Partial<MetricDefinition>): MetricDefinition {
  const found = definitions.metrics.find((metric) => metric.source.model === 'Sale');
  if (!found) throw new Error('There is no metric of sales.');
  return { ...found, name, ...more };
}

const sale = (at: string, more: FactRow): FactRow => ({
  soldAt: Date.parse(at),
  source: 'web',
  invoice: '1',
  kind: 'SALE',
  product: 'A',
  region: null,
  ...more,
});

describe('decimals', () => {
  it('are whole numbers of a fixed scale, and say when they do not fit', () => {
    expect(scaledOf('-0.5')).toBe(-500_000_000_000n);
    expect(scaledOf(7)).toBe(7_000_000_000_000n);
    expect(scaledOf('99999999999999999999.000000000001')).toBe(99_999_999_999_999_999_999_000_000_000_001n);
    expect(scaledText(-5n)).toBe('-5e-12');
    expect(() => scaledOf('0.0000000000001')).toThrow(RangeError);
  });
});

describe('folding', () => {
  it('adds exactly, by the conditions of each metric', () => {
    const windows = foldOf(
      'Sale',
      [
        live('TOTAL', { measure: { kind: 'sum', field: 'amount' }, live: liveCuts([], ['DAY']) }),
        live('RETURNED', {
          measure: { kind: 'sum', field: 'amount' },
          where: { kind: 'RETURN' },
          live: liveCuts([], ['DAY']),
        }),
        live('DEAREST', { measure: { kind: 'max', field: 'amount' }, live: liveCuts([], ['DAY']) }),
        live('CHEAPEST', { measure: { kind: 'min', field: 'amount' }, live: liveCuts([], ['DAY']) }),
      ],
      [
        sale('2024-05-01T10:00:00Z', { amount: '0.1' }),
        sale('2024-05-01T11:00:00Z', { amount: '0.2' }),
        sale('2024-05-01T12:00:00Z', { amount: '-5.0001', kind: 'RETURN' }),
      ],
    );
    expect(windows).toMatchObject([
      {
        window: 'DAY 2024-05-01T00:00 []',
        rows: 3,
        decimals: [scaledOf('-4.7001'), scaledOf('-5.0001'), scaledOf('0.2'), scaledOf('-5.0001')],
      },
    ]);
  });

  it('keeps the members of a set once, each by all of its fields', () => {
    const orders = live('ORDERS_LIVE', {
      measure: { kind: 'distinct', fields: ['source', 'invoice'] },
      live: liveCuts([], ['MINUTE', 'ALL']),
    });
    const windows = foldOf(
      'Sale',
      [orders],
      [
        sale('2024-05-01T10:00:00Z', { invoice: '1' }),
        sale('2024-05-01T10:00:30Z', { invoice: '1' }),
        sale('2024-05-01T10:01:00Z', { invoice: '1' }),
        sale('2024-05-01T10:01:00Z', { invoice: null }),
        sale('2024-05-01T10:01:00Z', { invoice: '1', source: 'till' }),
      ],
    );
    expect(windows.map(({ window, members }) => [window, members[0]])).toEqual([
      ['MINUTE 2024-05-01T10:00 []', ['["web","1"]']],
      ['MINUTE 2024-05-01T10:01 []', ['["web","1"]', '["till","1"]']],
      ['ALL 1970-01-01T00:00 []', ['["web","1"]', '["till","1"]']],
    ]);
  });

  it('knows keys by their text, unknown ones by null, several of them in the order of the definitions', () => {
    const [product, region] = ['PRODUCT', 'REGION'].flatMap((name) => definitions.findDimension(name) ?? []);
    if (!product || !region) throw new Error('A dimension is missing.');
    const lines = live('LINES', {
      measure: { kind: 'count' },
      live: [...liveCuts([region, product], ['ALL']), ...liveCuts([product], ['WEEK', 'MONTH'])],
    });
    const windows = foldOf(
      'Sale',
      [lines],
      [
        sale('2024-04-30T10:00:00Z', { product: 'a"b', region: 'Île' }),
        sale('2024-05-01T10:00:00Z', { product: 'a"b' }),
        sale('2024-05-01T10:00:00Z', { product: 'a"b' }),
      ],
    );
    expect(windows.map(({ window, counts }) => [window, counts[0]])).toEqual([
      ['ALL 1970-01-01T00:00 ["a\\"b","Île"]', 1],
      ['ALL 1970-01-01T00:00 ["a\\"b",null]', 2],
      ['WEEK 2024-04-29T00:00 ["a\\"b"]', 3],
      ['MONTH 2024-04-01T00:00 ["a\\"b"]', 1],
      ['MONTH 2024-05-01T00:00 ["a\\"b"]', 2],
    ]);
  });
});
