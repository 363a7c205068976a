// What is encoded is read back as the same event, whatever it holds.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventTypeNamed } from '../../src/events/catalogue.js';
import { createDecoder } from '../../src/events/decode.js';
import { encodeEvent, eventText } from '../../src/events/encode.js';
import type { FlywheelEvent } from '../../src/events/event.js';

const decode = createDecoder({ timeZone: 'Asia/Tokyo' });

const text = fc
  .string({ unit: 'binary', maxLength: 40 })
  .filter((value) => !value.includes('\u0000') && Buffer.from(value).toString() === value);
const code = text.map((value) => value.trim()).filter((value) => value !== '');
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });

/** A decimal as the decoder writes it. */
function decimal(whole: number, scale: number, signed: boolean): fc.Arbitrary<string> {
  return fc
    .tuple(
      fc.boolean(),
      fc.bigInt({ min: 0n, max: 10n ** BigInt(whole) - 1n }),
      fc.bigInt({ min: 0n, max: 10n ** BigInt(scale) - 1n }),
    )
    .map(([negative, left, right]) => {
      const fraction = right.toString().padStart(scale, '0').replace(/0+$/, '');
      const digits = `${left}${fraction && `.${fraction}`}`;
      return signed && negative && digits !== '0' ? `-${digits}` : digits;
    });
}
const size = { value: decimal(18, 12, true), quantity: decimal(5, 3, false), price: decimal(6, 4, false) };

const attributes = fc
  .dictionary(
    text.map((name) => `x${name}`),
    fc.jsonValue({ maxDepth: 3 }),
    { maxKeys: 5 },
  )
  .map((value) => JSON.stringify(value))
  // Zero has no sign in JSON, and the digits of floats are those that JSON writes.
  .map((value) => (value === '{}' ? null : value));

const occurredAtMs = fc.integer({
  min: Date.parse('0001-01-02T00:00:00Z'),
  max: Date.parse('9999-12-30T00:00:00Z'),
});
const base = {
  source: optional(code),
  id: optional(code),
  occurredAtMs,
  text: optional(text.filter((t) => t !== '')),
};

const line = fc.record({
  product: code,
  quantity: size.quantity.filter((value) => value !== '0'),
  unitPrice: optional(size.price),
});
const ordinary = fc.record({
  kind: fc.constant('behaviour' as const),
  type: code.map(eventTypeNamed).filter((type) => !['purchase', 'return', 'measurement'].includes(type)),
  ...base,
  customer: optional(code),
  product: optional(code),
  value: optional(size.value),
  order: fc.constant(null),
  region: optional(code),
  lines: fc.constant([]),
  attributes,
});
const purchase = fc.record({
  kind: fc.constant('behaviour' as const),
  type: fc.constantFrom('purchase', 'return'),
  ...base,
  customer: optional(code),
  product: optional(code),
  value: optional(size.value),
  order: optional(code),
  region: optional(code),
  lines: fc.array(line, { maxLength: 3 }),
  attributes,
});
const measured = fc.record({
  kind: fc.constant('measurement' as const),
  ...base,
  device: optional(code),
  series: optional(code),
  value: size.value,
  attributes,
});

describe('encoding', () => {
  it('is undone by decoding', () => {
    fc.assert(
      fc.property(fc.oneof(ordinary, purchase, measured), (event: FlywheelEvent) => {
        const encoded = encodeEvent(event);
        if (!encoded.ok) throw new Error(encoded.reason);
        expect(decode({ value: Buffer.from(encoded.text), headers: {} })).toEqual({ ok: true, event });
      }),
      { numRuns: 2_000, seed: 4 },
    );
  });

  it('refuses attributes that would be read as a field', () => {
    const names = (kind: 'behaviour' | 'measurement', event: string, name: string) =>
      eventText({ event }, JSON.stringify({ a: 1, [name]: 2 }), kind).ok;
    expect(
      ['user_id', 'ts', 'items', 'price', 'device'].map((name) => names('behaviour', 'purchase', name)),
    ).toEqual([false, false, false, false, true]);
    expect(names('behaviour', 'view', 'price')).toBe(true);
    expect(names('measurement', 'measurement', 'sensor')).toBe(false);
    expect(eventText({ event: 'view' }, '{"user_id":1}', 'behaviour')).toEqual({
      ok: false,
      reason:
        'The attribute "user_id" has the name of a field of the event; fill that field instead, or rename the attribute.',
    });
  });

  it('refuses attributes that are no object', () => {
    for (const wrong of ['5', '[1]', '{', '', '{"a":"\\u0000"}']) {
      expect(eventText({ event: 'view' }, wrong, 'behaviour').ok).toBe(false);
    }
    expect(eventText({ event: 'view' }, ' {} ', 'behaviour')).toEqual({ ok: true, text: '{"event":"view"}' });
    expect(eventText({ event: 'view' }, ' {"a": 12345678901234567890} ', 'behaviour')).toEqual({
      ok: true,
      text: '{"event":"view","a": 12345678901234567890}',
    });
  });
});

describe('decoding', () => {
  it('never throws, and always ends', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }).map((value) => Buffer.from(value)),
      fc.uint8Array({ maxLength: 50 }).map((value) => Buffer.from(value)),
      fc.json().map((value) => Buffer.from(value)),
      fc
        .dictionary(
          fc.constantFrom(
            'event',
            'type',
            'value',
            'user_id',
            'items',
            'ts',
            'price',
            'specversion',
            'id',
            'data',
          ),
          fc.anything({ withNullPrototype: false, maxDepth: 2 }),
        )
        .map((value) => Buffer.from(JSON.stringify(value) ?? '')),
    );
    fc.assert(
      fc.property(piece, fc.boolean(), (value, isBinary) => {
        const headers = isBinary ? { ce_specversion: Buffer.from('1.0'), ce_id: value } : {};
        const decoded = decode({ value, headers });
        if (!decoded.ok) expect(decoded.reason).not.toBe('');
      }),
      { numRuns: 3_000, seed: 4 },
    );
  });
});
