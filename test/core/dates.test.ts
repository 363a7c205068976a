import { describe, expect, test } from 'vitest';
import { dateReader } from '../../src/core/dates.js';

function read(format: string, text: string, timeZone = 'UTC'): string | undefined {
  const result = dateReader(format, timeZone);
  if (!result.ok) throw new Error(result.fault);
  const ms = result.read(text);
  return ms === undefined ? undefined : new Date(ms).toISOString();
}

describe('dateReader', () => {
  test.each([
    ['iso', '2023-09-01', '2023-09-01T00:00:00.000Z'],
    ['iso', '2023-09-01T10:20:30.123456Z', '2023-09-01T10:20:30.123Z'],
    ['iso', '2023-09-01 10:20+02:00', '2023-09-01T08:20:00.000Z'],
    ['unix', '1725868800.5', '2024-09-09T08:00:00.500Z'],
    ['unixMs', '1725868800123', '2024-09-09T08:00:00.123Z'],
    ['unix', '1725868800.001', '2024-09-09T08:00:00.001Z'],
    ['unix', '-3000000000', '1874-12-07T18:40:00.000Z'],
    ['dd.MM.yyyy HH:mm', '01.09.2023 07:05', '2023-09-01T07:05:00.000Z'],
    ['M/d/yy h:mm a', '9/1/23 12:05 am', '2023-09-01T00:05:00.000Z'],
    ['M/d/yy h:mm a', '9/1/23 1:05 PM', '2023-09-01T13:05:00.000Z'],
    ['d MMM yyyy', '1 Sep 2023', '2023-09-01T00:00:00.000Z'],
    ['EEE, d MMMM yyyy', 'Fri, 1 September 2023', '2023-09-01T00:00:00.000Z'],
    ["yyyy-MM-dd'T'HH:mm:ssXXX", '2023-09-01T00:00:00-0130', '2023-09-01T01:30:00.000Z'],
    ['yyyyMMdd', '20240229', '2024-02-29T00:00:00.000Z'],
    ['iso', '0099-12-31', '0099-12-31T00:00:00.000Z'],
  ])('%s reads %s', (format, text, expected) => {
    expect(read(format, text)).toBe(expected);
  });

  test.each([
    ['iso', '2023-02-29'],
    ['iso', '2023-13-01'],
    ['iso', '2023-09-01T24:00:00'],
    ['iso', '0000-01-01'],
    ['iso', '12023-01-01'],
    ['unix', '9999999999999'],
    ['dd.MM.yyyy', '31.04.2023'],
    ['M/d/yy h:mm a', '9/1/23 13:05 am'],
    ['d MMM yyyy', '1 Xyz 2023'],
    ['iso', ' 2023-09-01'],
  ])('%s refuses %s', (format, text) => {
    expect(read(format, text)).toBeUndefined();
  });

  test('takes wall-clock time in its zone, on both sides of a change of clocks', () => {
    expect(read('iso', '2023-01-15T12:00', 'Europe/London')).toBe('2023-01-15T12:00:00.000Z');
    expect(read('iso', '2023-07-15T12:00', 'Europe/London')).toBe('2023-07-15T11:00:00.000Z');
    expect(read('iso', '2023-07-15T12:00', 'Asia/Kolkata')).toBe('2023-07-15T06:30:00.000Z');
    // 01:30 happens twice: the first one; 02:30 is skipped: moved forward.
    expect(read('iso', '2023-10-29T01:30', 'Europe/London')).toBe('2023-10-29T00:30:00.000Z');
    expect(read('iso', '2023-03-26T02:30', 'Europe/Berlin')).toBe('2023-03-26T01:30:00.000Z');
  });

  test('says what is wrong with a format', () => {
    expect(dateReader('YYYY-MM-DD', 'UTC')).toMatchObject({
      ok: false,
      fault: expect.stringContaining('"YYYY"'),
    });
    expect(dateReader('HH:mm', 'UTC')).toMatchObject({
      ok: false,
      fault: expect.stringContaining('needs a year'),
    });
  });
});
