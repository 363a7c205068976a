import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/random.js';
import { drawExponential, drawNormal } from '../../../src/math/random-variates.js';
import { adviseReorder, type ReorderRequest } from '../../../src/math/stock/reorder-advice.js';

const request: ReorderRequest = {
  // So many units that rounding up to a whole one is nothing.
  demand: { means: Float64Array.of(100_000), deviations: Float64Array.of(20_000) },
  leadTime: { mean: 2, deviation: 0 },
  reviewPeriods: 1,
  cyclePeriods: 0,
  serviceLevel: 0.9,
  onHand: 0,
  onOrder: 0,
  minimumOrder: 0,
  packSize: 1,
  daysPerPeriod: 7,
  daysAllowed: 365,
};

describe('a simulated stock that follows the advice', () => {
  it.each([0.8, 0.95, 0.99])('lasts as often as was asked, with normal demand: %d', (serviceLevel) => {
    const random = createRandom(17).stream(String(serviceLevel));
    const cycles = 15_000;
    let onHand = 300_000;
    const coming = [0, 0];
    let lasted = 0;
    for (let period = 0; period < 3 * cycles + 3; period += 1) {
      // A look at the stock, an order, the sales of the period; then comes what was ordered two periods ago.
      const onOrder = coming.reduce((sum, units) => sum + units, 0);
      coming.push(adviseReorder({ ...request, serviceLevel, onHand, onOrder }).orderQuantity);
      onHand += coming.shift() ?? 0;
      onHand -= drawNormal(random, 100_000, 20_000);
      // What is there now depends on the last three periods: every third is a cycle of its own.
      if (period >= 3 && period % 3 === 0 && onHand >= 0) lasted += 1;
    }
    // Four standard errors of a share.
    const tolerance = 4 * Math.sqrt((serviceLevel * (1 - serviceLevel)) / cycles);
    expect(Math.abs(lasted / cycles - serviceLevel)).toBeLessThan(tolerance);
  });

  it('is short by as many units, with single sales at any time', () => {
    // Two sales a week, each by chance; an order takes two weeks and is to last ten.
    const demand = { means: Float64Array.of(2), deviations: Float64Array.of(Math.sqrt(2)) };
    const asked = { ...request, demand, reviewPeriods: 0, cyclePeriods: 10, onHand: 20 };
    const { distribution, reorderPoint, service } = adviseReorder(asked);
    // Mean 4: .8893 up to 6, .9489 up to 7.
    expect([distribution, reorderPoint, service?.orderSize]).toEqual(['POISSON', 7, 20]);
    const random = createRandom(18);
    const cycles = 10_000;
    const short: number[] = [];
    let lasted = 0;
    let onHand = 20;
    let arrival = Number.POSITIVE_INFINITY;
    let waiting = 0;
    let now = 0;
    while (short.length < cycles) {
      now += drawExponential(random, 1 / 2);
      if (now >= arrival) {
        if (onHand >= 0) lasted += 1;
        short.push(waiting);
        waiting = 0;
        onHand += 20;
        arrival = Number.POSITIVE_INFINITY;
      }
      if (onHand <= 0) waiting += 1;
      onHand -= 1;
      if (arrival === Number.POSITIVE_INFINITY && onHand <= 7) arrival = now + 2;
    }
    const level = service?.cycleService ?? Number.NaN;
    const shortPerCycle = service?.shortPerCycle ?? Number.NaN;
    expect(Math.abs(lasted / cycles - level)).toBeLessThan(4 * Math.sqrt((level * (1 - level)) / cycles));
    const mean = short.reduce((sum, units) => sum + units, 0) / cycles;
    const variance = short.reduce((sum, units) => sum + (units - mean) ** 2, 0) / (cycles - 1);
    expect(Math.abs(mean - shortPerCycle)).toBeLessThan(4 * Math.sqrt(variance / cycles));
    expect(service?.fillRate).toBeCloseTo(1 - shortPerCycle / 20, 12);
  });
});
