// What is said of a product's stock, on figures that are worked out by hand.

import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config.js';
import { demandItem, demandOf } from '../../../src/flywheel/stock/demand-of-product.js';
import { type KnownStock, reorderOf } from '../../../src/flywheel/stock/reorder-of-product.js';
import { checkTerms, type ReorderTerms } from '../../../src/flywheel/stock/reorder-terms.js';
import { normalQuantile } from '../../../src/math/stats/normal-quantile.js';
import { adviseReorder } from '../../../src/math/stock/reorder-advice.js';
import type { ForecastResult } from '../../../src/services/forecasting/contract.js';

const terms: ReorderTerms = loadConfig({}).wheel.reorder;
const z80 = normalQuantile(0.9);

/** The running day, of which nothing counts, and 28 days of that mean and deviation. */
function forecastOf(mean: number, deviation: number): ForecastResult {
  const days = [1_000, ...Array<number>(28).fill(mean)];
  return {
    mean: days,
    intervals: [
      {
        level: 0.8,
        lower: days.map((units) => Math.max(0, units - z80 * deviation)),
        upper: days.map((units) => units + z80 * deviation),
      },
    ],
    method: 'a mean',
    why: 'It is a test.',
    notes: [],
  };
}

const counted = (units: number, soldSince = 0): KnownStock => ({
  counted: units,
  countedAt: new Date('2026-03-01T08:00:00Z'),
  soldSince,
});

function ask(stock: KnownStock | null, more: { onOrder?: number; terms?: Partial<ReorderTerms> } = {}) {
  const { onOrder = 0 } = more;
  return reorderOf({ stock, forecast: forecastOf(10, 4), onOrder, terms: { ...terms, ...more.terms } });
}

describe('the reorder advice of a product', () => {
  it('is that of the formula, with the usual terms', () => {
    // Seven days of 10 ± 4, give or take a day: 70, variance 7 x 16 + 10^2 = 212, deviation 14.560;
    // 1.644854 x 14.560 = 23.950, so 93.95: 94. Fourteen days more are 140: 233.95, 234.
    const { status, advice, formula, reason } = ask(counted(100, 6));
    expect(status).toBe('ORDER_NOW');
    expect(advice).toMatchObject({ reorderPoint: 94, orderUpTo: 234, position: 94, orderQuantity: 140 });
    expect(advice?.protectedDemand.mean).toBeCloseTo(70, 9);
    expect(advice?.protectedDemand.deviation).toBeCloseTo(Math.sqrt(212), 9);
    expect(advice?.safetyStock).toBeCloseTo(23.9495, 3);
    expect(advice?.cover?.days).toBeCloseTo(9.4, 9);
    expect(reason).toBe('94 units in stock and on order, which is not above the reorder point of 94 units.');
    expect(formula).toBe(
      'Demand of 7 days (lead time 7 + review 0) = 70 units. ' +
        'Its deviation = √(variance of demand 112 + variance from the uncertain lead time 100) = 14.56 units. ' +
        'Safety stock = quantile 0.95 of that demand − its mean = 23.95 units (1.645 × deviation). ' +
        'Reorder point = demand + safety stock, rounded up = 94 units. ' +
        'Order up to demand + safety stock + demand of the next 14 days (140), rounded up = 234 units. ' +
        'Order = 234 − 94 in stock and on order, at least 0, in multiples of 1 = 140 units.',
    );
  });

  it('is what the mathematics of stock advises', () => {
    const stock = counted(40, 13);
    const { advice } = ask(stock, {
      onOrder: 5,
      terms: { serviceLevel: 0.99, reviewDays: 2, orderMultiple: 12 },
    });
    expect(advice).toEqual(
      adviseReorder({
        demand: demandOf(forecastOf(10, 4)),
        leadTime: { mean: 7, deviation: 1 },
        reviewPeriods: 2,
        cyclePeriods: 14,
        serviceLevel: 0.99,
        onHand: 27,
        onOrder: 5,
        minimumOrder: 0,
        packSize: 12,
        daysPerPeriod: 1,
        daysAllowed: 90,
      }),
    );
  });

  it('is enough above the point, also by what is on order', () => {
    expect(ask(counted(95)).status).toBe('ENOUGH');
    expect(ask(counted(94)).status).toBe('ORDER_NOW');
    const { status, advice, formula } = ask(counted(94), { onOrder: 1 });
    expect({ status, order: advice?.orderQuantity }).toEqual({ status: 'ENOUGH', order: 0 });
    expect(formula).toContain('Order = 0, since 95 in stock and on order are above the point.');
  });

  it('says what is too much', () => {
    // 90 days of 10 are 900.
    expect(ask(counted(900)).status).toBe('ENOUGH');
    const { status, reason, advice } = ask(counted(1_000));
    expect(status).toBe('OVERSTOCK');
    expect(advice?.cover?.unitsTooMany).toBeCloseTo(100, 9);
    expect(reason).toBe(
      'The units in stock last 100 days: 100 more than the 90 days that are allowed ask for.',
    );
    const dead = reorderOf({ stock: counted(8), forecast: forecastOf(0, 0), terms, onOrder: 0 });
    expect(dead.status).toBe('OVERSTOCK');
    expect(dead.reason).toContain('are not expected to be sold');
  });

  it('orders nothing of what nobody buys, though none is there', () => {
    expect(reorderOf({ stock: counted(0), forecast: forecastOf(0, 0), terms, onOrder: 0 })).toMatchObject({
      status: 'ENOUGH',
      advice: { orderQuantity: 0 },
    });
  });

  it('says what is not known', () => {
    const uncounted = ask(null);
    expect(uncounted.status).toBe('UNKNOWN');
    expect(uncounted.reason).toContain('never counted');
    expect(uncounted.advice?.reorderPoint).toBe(94);
    expect(uncounted.formula).not.toContain('Order =');
    const unsold = reorderOf({ stock: counted(5), forecast: null, terms, onOrder: 0 });
    expect(unsold).toMatchObject({ status: 'UNKNOWN', advice: null, formula: null, demand: null });
    expect(unsold.reason).toContain('not sold in the last 520 days');
  });
});

describe('the demand ahead', () => {
  it('leaves out the day that runs, and goes on with the mean day of the last week', () => {
    const week = [0, 7, 14, 21, 28, 35, 42];
    const mean = [99, ...week, ...week, ...week, ...week];
    const upper = mean.map((units) => units + z80 * 3);
    const { means, deviations } = demandOf({
      ...forecastOf(0, 0),
      mean,
      intervals: [{ level: 0.8, lower: mean, upper }],
    });
    expect([...means.subarray(0, 8)]).toEqual([...week, 0]);
    expect(means).toHaveLength(29);
    expect(means[28]).toBeCloseTo(21, 9);
    expect(deviations[28]).toBeCloseTo(3, 9);
  });

  it('is asked for over whole weeks that hold lead time, review and cover, from half a year at most', () => {
    const item = demandItem(Array<number>(400).fill(1), { ...terms, leadTimeDays: 30 });
    // 30 + 1 + 0 + 14 = 45 days: seven weeks, and the day that runs.
    expect(item).toMatchObject({ period: 7, horizon: 50, levels: [0.8] });
    expect(item.values).toHaveLength(182);
    expect(demandItem([1], { ...terms, leadTimeDays: 365, coverDays: 365 }).horizon).toBe(365);
  });
});

it('refuses terms that cannot be', () => {
  expect(checkTerms(terms)).toBe(terms);
  const refused = (change: Partial<ReorderTerms>) => () => checkTerms({ ...terms, ...change });
  expect(refused({ serviceLevel: 1 })).toThrow('`serviceLevel` is 1; it must be from 0.5 to 0.9999.');
  expect(refused({ coverDays: Number.NaN })).toThrow('`coverDays` is NaN');
  expect(refused({ leadTimeDays: 0 })).toThrow('`leadTimeDays` is 0, which cannot vary');
  const lead = { FLYWHEEL_REORDER_LEAD_TIME_DAYS: '0' };
  expect(() => loadConfig(lead)).toThrow('FLYWHEEL_REORDER_LEAD_TIME_DEVIATION_DAYS to 0 too');
  expect(() => loadConfig({ FLYWHEEL_REORDER_SERVICE_LEVEL: '95' })).toThrow('a number from 0.5 to 0.9999');
});
