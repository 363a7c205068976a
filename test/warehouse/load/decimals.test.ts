import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { divideDecimals, multiplyDecimals, readDecimal } from '../../../src/warehouse/load/decimals.js';

const money = { precision: 12, scale: 4 };
const plain = { decimal: '.', thousands: '' } as const;

describe('readDecimal', () => {
  test.each([
    ['12', '12'],
    ['-0.50', '-0.5'],
    ['+3.1000', '3.1'],
    ['007', '7'],
    ['.5', '0.5'],
    ['-0', '0'],
    ['1.00000000000000000000', '1'],
  ])('reads %s as %s', (text, expected) => {
    expect(readDecimal(text, money, plain)).toBe(expected);
  });

  test.each([
    ['1.234,50', { decimal: ',', thousands: '.' } as const, '1234.5'],
    ['-1 234 567,8', { decimal: ',', thousands: ' ' } as const, '-1234567.8'],
    ['3,5', { decimal: ',', thousands: '' } as const, '3.5'],
  ])('reads %s in its own style', (text, style, expected) => {
    expect(readDecimal(text, money, style)).toBe(expected);
  });

  test.each([
    ['0.00001', 'has 5 decimal places, and only 4 can be kept'],
    ['123456789', 'is too large: at most 8 digits fit before the decimal point'],
    ['1234567890.123456', 'has more than 15 significant digits'],
    ['1e3', 'is in scientific notation; write the number out'],
    ['abc', 'is not a number'],
    ['', 'is not a number'],
    ['.', 'is not a number with'],
    ['1,5', 'set "decimal": ","'],
    ['NaN', 'is not a number'],
    ['٣', 'is not a number'],
  ])('refuses %s', (text, reason) => {
    expect(readDecimal(text, money, plain)).toMatchObject({ reason: expect.stringContaining(reason) });
  });

  test('refuses thousands that are not in groups of three', () => {
    expect(readDecimal('1,23,456', money, { decimal: '.', thousands: ',' })).toHaveProperty('reason');
  });
});

/** A decimal as its digits and its scale, without any of the code under test. */
const decimals = fc.tuple(fc.integer({ min: -99_999_999, max: 99_999_999 }), fc.integer({ min: 0, max: 4 }));
const written = ([digits, scale]: [number, number]) => {
  const text = String(Math.abs(digits)).padStart(scale + 1, '0');
  const whole = text.slice(0, text.length - scale);
  return `${digits < 0 ? '-' : ''}${whole}${scale > 0 ? `.${text.slice(text.length - scale)}` : ''}`;
};
const wide = { precision: 40, scale: 8 };
const units = (text: string) => {
  const [whole = '', fraction = ''] = text.split('.');
  return BigInt(`${whole}${fraction.padEnd(8, '0')}`);
};

describe('multiplyDecimals', () => {
  test('is exact when the scale holds the product', () => {
    fc.assert(
      fc.property(decimals, decimals, (left, right) => {
        const product = multiplyDecimals(written(left), written(right), wide);
        const expected = BigInt(left[0]) * BigInt(right[0]) * 10n ** BigInt(8 - left[1] - right[1]);
        expect(typeof product === 'string' && units(product.replace(/^-0(?=\.)/, '-0'))).toBe(expected);
      }),
    );
  });

  test('rounds halves away from zero, as PostgreSQL does', () => {
    expect(multiplyDecimals('0.5', '0.0001', money)).toBe('0.0001');
    expect(multiplyDecimals('-0.5', '0.0001', money)).toBe('-0.0001');
    expect(multiplyDecimals('0.4', '0.0001', money)).toBe('0.0000');
  });

  test('refuses what does not fit', () => {
    expect(multiplyDecimals('99999999', '99999999', money)).toHaveProperty('reason');
  });
});

describe('divideDecimals', () => {
  test.each([
    ['10', '4', '2.5000'],
    ['1', '3', '0.3333'],
    ['-2', '3', '-0.6667'],
    ['0.0003', '2', '0.0002'],
  ])('%s / %s = %s', (left, right, expected) => {
    expect(divideDecimals(left, right, money)).toBe(expected);
  });

  test('refuses a division by zero', () => {
    expect(divideDecimals('1', '0.00', money)).toHaveProperty('reason');
  });
});
