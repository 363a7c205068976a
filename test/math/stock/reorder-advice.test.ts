import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/random.js';
import { normalLoss } from '../../../src/math/stock/normal-loss.js';
import { adviseReorder, type ReorderRequest } from '../../../src/math/stock/reorder-advice.js';

const steady = { means: Float64Array.of(100), deviations: Float64Array.of(30) };
const nothing = { means: new Float64Array(0), deviations: new Float64Array(0) };

/** Weeks of 100 ± 30 units, four weeks until an order comes, give or take 1.5. */
const example: ReorderRequest = {
  demand: steady,
  leadTime: { mean: 4, deviation: 1.5 },
  reviewPeriods: 0,
  cyclePeriods: 2,
  serviceLevel: 0.95,
  onHand: 300,
  onOrder: 100,
  minimumOrder: 0,
  packSize: 50,
  daysPerPeriod: 7,
  daysAllowed: 90,
};

describe('reorder advice', () => {
  it('is that of the formulas, with every number on the way', () => {
    // Variance 4 x 900 + 100^2 x 1.5^2 = 26100, deviation 161.5549; 1.644854 x 161.5549 = 265.734.
    const advice = adviseReorder(example);
    expect(advice.request).toBe(example);
    expect(advice).toMatchObject({ demandKnown: true, protectedPeriods: 4, distribution: 'NORMAL' });
    expect(advice.protectedDemand.mean).toBeCloseTo(400, 9);
    expect(advice.protectedDemand.deviation).toBeCloseTo(161.5549, 4);
    expect(advice.safetyFactor).toBeCloseTo(1.644854, 6);
    expect(advice.safetyStock).toBeCloseTo(265.734, 3);
    // 665.73 and, with two weeks of 100 more, 865.73; 400 are there or on their way: 466, in packs 500.
    expect(advice).toMatchObject({ reorderPoint: 666, orderUpTo: 866, position: 400, orderQuantity: 500 });
    expect(advice.cycleDemand).toBeCloseTo(200, 9);
    // 300 and 400 units at 100 a week.
    expect(advice.cover?.days).toBeCloseTo(21, 9);
    expect(advice.cover?.daysWithOrders).toBeCloseTo(28, 9);
    expect(advice.cover).toMatchObject({ unitsTooMany: 0, daysTooMany: 0 });
  });

  it('tells what is short from the loss of the normal distribution', () => {
    // One week of 100 ± 20 and one deviation of safety: s = 120, G(1) = .083315, G(3.5) = .00005848, orders of 50.
    const advice = adviseReorder({
      ...example,
      demand: { means: Float64Array.of(100), deviations: Float64Array.of(20) },
      leadTime: { mean: 1, deviation: 0 },
      cyclePeriods: 0.5,
      serviceLevel: 0.841344746,
    });
    expect(advice.reorderPoint).toBe(120);
    expect(advice.service?.orderSize).toBeCloseTo(50, 9);
    expect(advice.service?.cycleService).toBeCloseTo(0.8413447, 6);
    expect(advice.service?.shortAtArrival).toBeCloseTo(20 * 0.083315, 4);
    expect(advice.service?.shortBefore).toBeCloseTo(20 * normalLoss(3.5), 9);
    expect(advice.service?.shortPerCycle).toBeCloseTo(1.66512, 4);
    expect(advice.service?.fillRate).toBeCloseTo(1 - 1.66512 / 50, 6);
  });

  it('protects the review period as well, and orders up to the point at each look', () => {
    // Three weeks in all: 300 + 1.644854 x 30 sqrt(3) = 385.47; orders are of one week's demand.
    const request = { ...example, leadTime: { mean: 2, deviation: 0 }, reviewPeriods: 1, cyclePeriods: 0 };
    const advice = adviseReorder({ ...request, onHand: 250, onOrder: 100, packSize: 1 });
    expect(advice).toMatchObject({ protectedPeriods: 3, reorderPoint: 386, orderUpTo: 386 });
    expect(advice.orderQuantity).toBe(36);
    expect(advice.service?.orderSize).toBeCloseTo(100, 9);
    // A cycle of a week and a half ends at the look after two.
    expect(adviseReorder({ ...request, cyclePeriods: 1.5 }).service?.orderSize).toBeCloseTo(200, 9);
  });

  it('counts single sales of low demand', () => {
    // .5 a week, four weeks: Poisson with mean 2, .9473 up to 4 and .9834 up to 5.
    const demand = { means: Float64Array.of(0.5), deviations: Float64Array.of(Math.sqrt(0.5)) };
    const request = { ...example, demand, leadTime: { mean: 4, deviation: 0 }, packSize: 1 };
    const advice = adviseReorder({ ...request, onHand: 5, onOrder: 0 });
    expect(advice).toMatchObject({
      distribution: 'POISSON',
      reorderPoint: 5,
      orderUpTo: 6,
      orderQuantity: 1,
    });
    expect(advice.safetyStock).toBeCloseTo(3, 12);
    expect(advice.service?.cycleService).toBeCloseTo((109 / 15) * Math.exp(-2), 9);
    // Two customers a month, but each buys a lot or nothing: the variance is 9 a week.
    const bursts = adviseReorder({ ...request, demand: { ...demand, deviations: Float64Array.of(3) } });
    expect(bursts.distribution).toBe('NEGATIVE_BINOMIAL');
    expect(bursts.reorderPoint).toBeGreaterThan(advice.reorderPoint);
  });

  it('orders nothing above the reorder point, and keeps to the terms below', () => {
    const quantityAt = (onHand: number, terms: { minimumOrder: number; packSize: number }) =>
      adviseReorder({ ...example, ...terms, onHand, onOrder: 0 }).orderQuantity;
    expect(quantityAt(667, { minimumOrder: 0, packSize: 1 })).toBe(0);
    expect(quantityAt(666, { minimumOrder: 0, packSize: 1 })).toBe(200);
    expect(quantityAt(666, { minimumOrder: 250, packSize: 1 })).toBe(250);
    expect(quantityAt(666, { minimumOrder: 250, packSize: 12 })).toBe(252);
    expect(quantityAt(666, { minimumOrder: 0, packSize: 200 })).toBe(200);
    // What is promised and not there is ordered on top.
    expect(quantityAt(-34, { minimumOrder: 0, packSize: 1 })).toBe(900);
  });

  it('takes the least order as the usual one where it is more than the demand of a cycle', () => {
    const terms = { ...example, minimumOrder: 310 };
    expect(adviseReorder(terms).service?.orderSize).toBe(350);
  });

  it('says what is too much', () => {
    // 90 days are 1285.71 units; 2000 units last 140 days.
    const much = adviseReorder({ ...example, onHand: 2_000, onOrder: 0 });
    expect(much.orderQuantity).toBe(0);
    expect(much.cover?.allowedUnits).toBeCloseTo(9_000 / 7, 9);
    expect(much.cover?.unitsTooMany).toBeCloseTo(5_000 / 7, 9);
    expect(much.cover?.daysTooMany).toBeCloseTo(50, 9);
    // Stock that the advice itself asks for is not too much, however few days are allowed.
    expect(adviseReorder({ ...example, onHand: 860, daysAllowed: 7 }).cover?.unitsTooMany).toBe(0);
  });
});

describe('reorder advice at the ends', () => {
  it('keeps no stock without demand, and calls what is there too much', () => {
    const demand = { means: Float64Array.of(0, 0), deviations: Float64Array.of(0, 2) };
    const advice = adviseReorder({ ...example, demand });
    expect(advice).toMatchObject({
      distribution: 'CERTAIN',
      reorderPoint: 0,
      orderUpTo: 0,
      orderQuantity: 0,
    });
    expect(advice.service).toMatchObject({ cycleService: 1, shortPerCycle: 0, fillRate: 1 });
    expect(advice.cover).toMatchObject({ days: Number.POSITIVE_INFINITY, unitsTooMany: 300 });
    // Three that are promised are still needed.
    expect(adviseReorder({ ...example, demand, onHand: -3, onOrder: 0, packSize: 1 }).orderQuantity).toBe(3);
  });

  it('keeps no safety stock where nothing varies', () => {
    const demand = { means: Float64Array.of(100), deviations: Float64Array.of(0) };
    const advice = adviseReorder({ ...example, demand, leadTime: { mean: 1.5, deviation: 0 } });
    expect(advice).toMatchObject({
      distribution: 'CERTAIN',
      safetyStock: 0,
      safetyFactor: 0,
      reorderPoint: 150,
    });
    expect(advice.service).toMatchObject({ cycleService: 1, fillRate: 1 });
  });

  it('waits for an empty shelf where orders come at once', () => {
    const advice = adviseReorder({ ...example, leadTime: { mean: 0, deviation: 0 }, onHand: 0, onOrder: 0 });
    expect(advice).toMatchObject({ reorderPoint: 0, orderUpTo: 200, orderQuantity: 200 });
  });

  it('lasts no day with stock below zero', () => {
    expect(adviseReorder({ ...example, onHand: -20 }).cover).toMatchObject({ days: 0, unitsTooMany: 0 });
  });

  it('makes nothing up without history', () => {
    const advice = adviseReorder({ ...example, demand: nothing });
    expect(advice).toMatchObject({
      demandKnown: false,
      why: 'Nothing is known of demand.',
      orderQuantity: 0,
    });
    expect([advice.service, advice.cover]).toEqual([undefined, undefined]);
  });

  it.each([
    [{ serviceLevel: 1 }, 'serviceLevel'],
    [{ serviceLevel: 0 }, 'serviceLevel'],
    [{ packSize: 0 }, 'packSize'],
    [{ minimumOrder: -1 }, 'minimumOrder'],
    [{ onOrder: -1 }, 'onOrder'],
    [{ onHand: Number.NaN }, 'onHand'],
    [{ reviewPeriods: Number.POSITIVE_INFINITY }, 'reviewPeriods'],
    [{ daysPerPeriod: 0 }, 'daysPerPeriod'],
    [{ leadTime: { mean: -1, deviation: 0 } }, 'lead time'],
  ])('refuses %o', (part, word) => {
    expect(() => adviseReorder({ ...example, ...part })).toThrow(RangeError);
    expect(() => adviseReorder({ ...example, ...part })).toThrow(word);
  });
});

describe('reorder advice for any product', () => {
  it('keeps more stock for more service, and its figures in their bounds', () => {
    const random = createRandom(21);
    for (let run = 0; run < 40; run += 1) {
      const size = 1 + random.integer(5);
      const scale = 10 ** (4 * random.uniform() - 1.5);
      const request: ReorderRequest = {
        ...example,
        demand: {
          means: Float64Array.from({ length: size }, () => scale * random.uniform()),
          deviations: Float64Array.from({ length: size }, () => scale * random.uniform()),
        },
        leadTime: { mean: 0.1 + 5 * random.uniform(), deviation: 2 * random.uniform() },
        reviewPeriods: random.integer(3),
        cyclePeriods: random.integer(3),
        onHand: Math.floor(scale * (6 * random.uniform() - 1)),
        onOrder: 0,
        minimumOrder: random.integer(20),
        packSize: 1 + random.integer(12),
      };
      let last = { reorderPoint: 0, orderQuantity: 0, fillRate: 0 };
      for (const serviceLevel of [0.3, 0.6, 0.9, 0.97, 0.995]) {
        const { reorderPoint, orderUpTo, orderQuantity, position, service } = adviseReorder({
          ...request,
          serviceLevel,
        });
        const fillRate = service?.fillRate ?? Number.NaN;
        expect(service?.cycleService).toBeGreaterThanOrEqual(serviceLevel - 1e-9);
        expect(orderUpTo).toBeGreaterThanOrEqual(reorderPoint);
        expect(reorderPoint).toBeGreaterThanOrEqual(last.reorderPoint);
        expect(orderQuantity).toBeGreaterThanOrEqual(last.orderQuantity);
        expect(fillRate).toBeGreaterThanOrEqual(last.fillRate - 1e-9);
        expect(fillRate).toBeLessThanOrEqual(1);
        expect(orderQuantity % request.packSize).toBe(0);
        if (position <= reorderPoint) expect(position + orderQuantity).toBeGreaterThanOrEqual(orderUpTo);
        else expect(orderQuantity).toBe(0);
        last = { reorderPoint, orderQuantity, fillRate };
      }
    }
  });

  it('keeps more safety stock for a demand or a lead time that varies more', () => {
    let last = -1;
    for (let step = 0; step <= 10; step += 1) {
      const demand = { means: Float64Array.of(100), deviations: Float64Array.of(5 * step) };
      const { safetyStock } = adviseReorder({ ...example, demand, leadTime: { mean: 4, deviation: 0 } });
      expect(safetyStock).toBeGreaterThan(last);
      last = safetyStock;
    }
    for (let step = 0; step <= 10; step += 1) {
      const { safetyStock } = adviseReorder({ ...example, leadTime: { mean: 4, deviation: step / 6 } });
      expect(safetyStock).toBeGreaterThan(step === 0 ? 0 : last);
      last = safetyStock;
    }
  });
});
