import { describe, expect, it } from 'vitest';
import { type Entry, openLedger } from '../../../src/simulator/rounds/ledger.js';

/** Everybody's list of five; the treated answer `answered`, the held out one of five every other time. */
function entriesOf(round: number, answered: number): readonly Entry[] {
  return Array.from({ length: 200 }, (_, customer) => {
    const isHeldOut = customer % 4 === 0;
    return {
      customer,
      arm: isHeldOut ? 'HOLDOUT' : customer % 2 === 0 ? 'CHALLENGER' : 'CHAMPION',
      shown: 5,
      answered: isHeldOut ? (customer / 4 + round) % 2 : answered,
      expectedRate: isHeldOut ? 0.1 : 0.3,
      bestRate: 0.5,
    };
  });
}

describe('the books', () => {
  it('tell rates by arm, lift and regret of the treated', () => {
    const figures = openLedger(200)(entriesOf(1, 2));
    expect(figures.arms).toEqual({
      HOLDOUT: { lists: 50, shown: 250, answered: 25, rate: 0.1 },
      CHAMPION: { lists: 100, shown: 500, answered: 200, rate: 0.4 },
      CHALLENGER: { lists: 50, shown: 250, answered: 100, rate: 0.4 },
    });
    expect(figures.lift.difference.value).toBeCloseTo(0.3, 6);
    expect(figures.lift.ratio.value).toBeCloseTo(4, 6);
    expect(figures.regret).toBeCloseTo(0.2, 6);
    expect(figures.liftSoFar).toEqual(figures.lift);
  });

  it('add up rounds, so that the interval narrows', () => {
    const close = openLedger(200);
    const first = close(entriesOf(1, 1));
    const second = close(entriesOf(2, 2));
    expect(second.lift.difference.value).toBeCloseTo(0.3, 6);
    expect(second.liftSoFar.difference.value).toBeCloseTo(0.2, 6);
    const width = ({ low, high }: { low: number | null; high: number | null }) =>
      (high ?? Number.NaN) - (low ?? Number.NaN);
    expect(width(second.liftSoFar.difference)).toBeLessThan(width(first.liftSoFar.difference));
  });

  it('say nothing where nothing was shown', () => {
    const figures = openLedger(10)([]);
    expect(figures.arms.CHAMPION).toEqual({ lists: 0, shown: 0, answered: 0, rate: null });
    expect(figures.lift.difference).toEqual({ value: null, low: -1, high: 1 });
    expect(figures.lift.ratio).toEqual({ value: null, low: 0, high: null });
    expect(figures.regret).toBeNull();
  });
});
