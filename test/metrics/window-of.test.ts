// Windows begin and end where periods do in UTC, before 1970 as well.

import { describe, expect, it } from 'vitest';
import { grains } from '../../src/metrics/grain.js';
import { keptMs, windowEnd, windowStart } from '../../src/metrics/window-of.js';

const at = (text: string) => Date.parse(text);
const text = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

describe('windows', () => {
  it('hold a moment between their beginning and their end', () => {
    const windows = (moment: string) =>
      Object.fromEntries(
        grains.map((grain) => {
          const start = windowStart(grain, at(moment));
          return [grain, [text(start), text(windowEnd(grain, start))]];
        }),
      );
    expect(windows('2024-12-30T23:59:59.999Z')).toEqual({
      SECOND: ['2024-12-30T23:59:59.000Z', '2024-12-31T00:00:00.000Z'],
      MINUTE: ['2024-12-30T23:59:00.000Z', '2024-12-31T00:00:00.000Z'],
      HOUR: ['2024-12-30T23:00:00.000Z', '2024-12-31T00:00:00.000Z'],
      DAY: ['2024-12-30T00:00:00.000Z', '2024-12-31T00:00:00.000Z'],
      WEEK: ['2024-12-30T00:00:00.000Z', '2025-01-06T00:00:00.000Z'],
      MONTH: ['2024-12-01T00:00:00.000Z', '2025-01-01T00:00:00.000Z'],
      QUARTER: ['2024-10-01T00:00:00.000Z', '2025-01-01T00:00:00.000Z'],
      YEAR: ['2024-01-01T00:00:00.000Z', '2025-01-01T00:00:00.000Z'],
      ALL: ['1970-01-01T00:00:00.000Z', null],
    });
    expect(windows('1969-12-28T23:59:59.999Z')).toMatchObject({
      SECOND: ['1969-12-28T23:59:59.000Z', '1969-12-29T00:00:00.000Z'],
      WEEK: ['1969-12-22T00:00:00.000Z', '1969-12-29T00:00:00.000Z'],
      QUARTER: ['1969-10-01T00:00:00.000Z', '1970-01-01T00:00:00.000Z'],
    });
    expect(windows('0099-05-01T00:00:00.000Z')).toMatchObject({
      YEAR: ['0099-01-01T00:00:00.000Z', '0100-01-01T00:00:00.000Z'],
    });
  });

  it('are kept the longer the longer they are', () => {
    const days = grains.map((grain) => (keptMs(grain) ?? Number.POSITIVE_INFINITY) / 86_400_000);
    expect(days.slice(0, 4)).toEqual([1 / 24, 7, 731, 731]);
    expect(days.at(-1)).toBe(Number.POSITIVE_INFINITY);
  });
});
