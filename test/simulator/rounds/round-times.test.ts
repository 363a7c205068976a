import { describe, expect, it } from 'vitest';
import { openingDays } from '../../../src/simulator/rounds/opening.js';
import { planRounds } from '../../../src/simulator/rounds/round-times.js';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const january = Date.UTC(2026, 0, 5);
const usual = { rounds: 20, nowMs: Date.UTC(2026, 10, 1), watermarkMs: null, attributionWindowMs: hourMs };

describe('planRounds', () => {
  it('begins an empty log on 5 January 2026, a day for a round', () => {
    const times = planRounds(usual);
    expect(times.startMs).toBe(january);
    expect(times.roundMs).toBe(dayMs);
    expect(times.roundAtMs(1, 0)).toBe(january + openingDays * dayMs);
  });

  it('begins an hour after what the log holds, on a whole hour', () => {
    const watermarkMs = Date.UTC(2026, 5, 1, 12, 20);
    expect(planRounds({ ...usual, watermarkMs }).startMs).toBe(Date.UTC(2026, 5, 1, 14));
  });

  it('shortens rounds so that all of it lies in the past, and refuses what is too short to be answered', () => {
    const nowMs = january + (openingDays + 20) * 3 * hourMs;
    const times = planRounds({ ...usual, nowMs });
    expect(times.roundMs).toBe(3 * hourMs);
    expect(times.countedMs(20)).toBeLessThan(nowMs);
    expect(() => planRounds({ ...usual, nowMs: nowMs - 60 })).toThrow(
      /20 rounds do not fit .* FLYWHEEL_ATTRIBUTION_WINDOW/,
    );
  });

  it.each([dayMs, 3 * hourMs])(
    'keeps the order of a round: shown, answered within the window, counted: rounds of %d ms',
    (roundMs) => {
      const times = planRounds({ ...usual, nowMs: january + (openingDays + 20) * roundMs });
      const firstMs = times.shownMs(3, 0);
      const lastMs = times.shownMs(3, 1);
      expect(times.answeredMs(firstMs, 0)).toBeGreaterThan(firstMs);
      expect(times.answeredMs(lastMs, 1)).toBeLessThan(lastMs + usual.attributionWindowMs);
      // Windows close before stock is counted, which moves the clock past them, and before the next visits.
      expect(times.countedMs(3)).toBeGreaterThan(lastMs + usual.attributionWindowMs);
      expect(times.roundAtMs(3, 0.85)).toBeGreaterThan(lastMs + usual.attributionWindowMs);
      expect(times.roundAtMs(4, 0)).toBeGreaterThan(times.countedMs(3));
    },
  );
});
