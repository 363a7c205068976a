import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/random.js';
import { drawExponential, drawGamma, drawNormal, drawPoisson } from '../../../src/math/random-variates.js';
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

  it('serves the share that is told, with bursts of demand and a look a week', () => {
    // Poisson demand with gamma means, shape .3 and scale 2: mean .6, variance .6 + .3 x 4 = 1.8. Sums of it are negative
    // binomial again, so that all figures are exact.
    const demand = { means: Float64Array.of(0.6), deviations: Float64Array.of(Math.sqrt(1.8)) };
    const asked = { ...request, demand, onHand: 5, onOrder: 0 };
    const { distribution, orderUpTo, service } = adviseReorder(asked);
    expect(distribution).toBe('NEGATIVE_BINOMIAL');
    expect(service?.orderSize).toBeCloseTo(0.6, 12);
    const random = createRandom(19);
    const cycles = 20_000;
    const short: number[] = [];
    let lasted = 0;
    const sales = () => drawPoisson(random, drawGamma(random, 0.3, 2));
    for (let cycle = 0; cycle < cycles; cycle += 1) {
      // What was ordered up to S is there two weeks later, less what was sold since; then comes one week more.
      const start = orderUpTo - sales() - sales();
      const end = start - sales();
      if (end >= 0) lasted += 1;
      short.push(Math.max(0, -end) - Math.max(0, -start));
    }
    const level = service?.cycleService ?? Number.NaN;
    expect(Math.abs(lasted / cycles - level)).toBeLessThan(4 * Math.sqrt((level * (1 - level)) / cycles));
    const mean = short.reduce((sum, units) => sum + units, 0) / cycles;
    const variance = short.reduce((sum, units) => sum + (units - mean) ** 2, 0) / (cycles - 1);
    expect(Math.abs(mean - (service?.shortPerCycle ?? Number.NaN))).toBeLessThan(
      4 * Math.sqrt(variance / cycles),
    );
    expect(service?.fillRate).toBeCloseTo(1 - (service?.shortPerCycle ?? Number.NaN) / 0.6, 12);
  });
});
