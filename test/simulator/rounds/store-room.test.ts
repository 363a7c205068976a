import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/random.js';
import {
  createStoreRoom,
  firstUnits,
  fixRule,
  leadDays,
  ordersByRule,
} from '../../../src/simulator/rounds/store-room.js';

describe('a store-room', () => {
  it('counts what is missed, what lies there and what it costs', () => {
    const room = createStoreRoom([1, 4], [1_000, 500]);
    expect([room.take(0), room.take(0), room.take(1)]).toEqual([true, false, true]);
    room.endDay();
    const { unitsMissed, stockOuts, unitsMean, orders, cost } = room.figures();
    expect({ unitsMissed, stockOuts, unitsMean, orders }).toEqual({
      unitsMissed: 1,
      stockOuts: 1,
      unitsMean: 3,
      orders: 0,
    });
    // The margin of one unit at 10.00, and three units at 5.00 kept for a day: 3.0075, in whole cents.
    expect(cost).toBe(3.01);
  });

  it('gets what is ordered after the lead time', () => {
    const room = createStoreRoom([0], [100]);
    room.order({ product: 0, units: 6 });
    const levels = Array.from({ length: leadDays }, () => {
      room.endDay();
      return room.level(0);
    });
    expect(levels).toEqual([...new Array<number>(leadDays - 1).fill(0), 6]);
    expect(room.figures()).toMatchObject({ orders: 1, stockOuts: leadDays });
  });

  it('orders by the fixed rule once, when stock and orders come to the point', () => {
    const rule = fixRule(Float64Array.of(2, 0));
    // 16 units in eight days, and 1.645 deviations of them; the demand of two weeks.
    expect(rule).toEqual({ point: [16 + Math.ceil(1.645 * Math.sqrt(16)), 0], quantity: [28, 1] });
    const first = firstUnits(rule, createRandom(1));
    expect(first[0]).toBeGreaterThan(rule.point[0] ?? Number.NaN);
    expect(first[0]).toBeLessThanOrEqual((rule.point[0] ?? Number.NaN) + 28);
    const room = createStoreRoom(first, [100, 100]);
    expect(ordersByRule(rule, room)).toEqual([]);
    while (room.level(0) > (rule.point[0] ?? Number.NaN)) room.take(0);
    expect(ordersByRule(rule, room)).toEqual([{ product: 0, units: 28 }]);
    room.order({ product: 0, units: 28 });
    expect(ordersByRule(rule, room)).toEqual([]);
  });
});
