// Records as producers write them become events, or a sentence that says why not.

import { describe, expect, it } from 'vitest';
import { createDecoder } from '../../src/events/decode.js';
import type { BehaviourEvent, FlywheelEvent, MeasurementEvent } from '../../src/events/event.js';

const decode = createDecoder({ timeZone: 'UTC' });
const bytes = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const headersOf = (headers: Record<string, string>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Buffer.from(value)]));

function read(value: unknown, headers: Record<string, string> = {}): FlywheelEvent {
  const decoded = decode({ value: bytes(value), headers: headersOf(headers) });
  if (!decoded.ok) throw new Error(decoded.reason);
  return decoded.event;
}
function behaviour(value: unknown, headers?: Record<string, string>): BehaviourEvent {
  const event = read(value, headers);
  if (event.kind !== 'behaviour') throw new Error('a measurement');
  return event;
}
function measurement(value: unknown, headers?: Record<string, string>): MeasurementEvent {
  const event = read(value, headers);
  if (event.kind !== 'measurement') throw new Error('behaviour');
  return event;
}
function reason(value: unknown, headers: Record<string, string> = {}): string {
  const decoded = decode({
    value: Buffer.isBuffer(value) || value === null ? value : bytes(value),
    headers: headersOf(headers),
  });
  if (decoded.ok) throw new Error(`no reason: ${JSON.stringify(decoded.event)}`);
  return decoded.reason;
}

const at = '2024-09-09 12:00:00';
const atMs = Date.UTC(2024, 8, 9, 12);

describe('bare behaviour', () => {
  it('is read as it stands in the wild', () => {
    expect(read('{"user_id":1,"event":"click","item_id":101,"timestamp":"2024-09-09 12:00:00"}')).toEqual({
      kind: 'behaviour',
      type: 'click',
      source: null,
      id: null,
      occurredAtMs: atMs,
      customer: '1',
      product: '101',
      value: null,
      text: null,
      order: null,
      region: null,
      lines: [],
      attributes: null,
    });
  });

  it('takes its fields under their usual names, and keeps every other whole', () => {
    const event = behaviour({
      event_type: 'view',
      customer: 'c9',
      sku: 'X-1',
      ts: 1725883200,
      id: 7,
      source: 'web',
      region: 'DE',
      page: '/a',
      nested: { deep: [1, null, { a: 'é' }] },
    });
    expect(event).toMatchObject({ type: 'view', customer: 'c9', product: 'X-1', occurredAtMs: atMs });
    expect(event).toMatchObject({ id: '7', source: 'web', region: 'DE' });
    expect(event.attributes).toBe('{"page":"/a","nested":{"deep":[1,null,{"a":"é"}]}}');
  });

  it('prefers the plainer of two names, whichever comes first, and keeps the other', () => {
    for (const object of [
      { event: 'click', product: 'Red mug', product_id: 101, ts: 1 },
      { event: 'click', product_id: 101, product: 'Red mug', ts: 1 },
    ]) {
      expect(behaviour(object)).toMatchObject({ product: '101', attributes: '{"product":"Red mug"}' });
    }
  });

  it('takes null and empty texts for absent', () => {
    const event = behaviour({
      event: 'view',
      user_id: null,
      item_id: '',
      item: 5,
      timestamp: at,
      note: null,
    });
    expect(event).toMatchObject({ customer: null, product: '5', attributes: '{"note":null}' });
  });

  it('knows its own types in any spelling, and leaves others as they are', () => {
    const types = ['AddToCart', 'add-to-cart', 'PURCHASE', 'wishlist', 'Page View'];
    expect(types.map((event) => behaviour({ event, ts: 1 }).type)).toEqual([
      'add_to_cart',
      'add_to_cart',
      'purchase',
      'wishlist',
      'Page View',
    ]);
  });

  it('keeps ratings, reviews and what is not text', () => {
    const rated = behaviour({ event: 'rating', rating: 4.5, review: 'Nice', ts: 1 });
    expect(rated).toMatchObject({ value: '4.5', text: 'Nice', attributes: null });
    const odd = behaviour({ event: 'review', message: { title: 'x' }, ts: 1 });
    expect(odd).toMatchObject({ text: null, attributes: '{"message":{"title":"x"}}' });
  });

  it('keeps every digit of ids that are longer than a float', () => {
    const event = behaviour(
      '{"event":"click","user_id":1234567890123456789,"item_id":1.0,"ts":1,"trace":[98765432109876543210,1.25,"1234567890123456789"]}',
    );
    expect(event).toMatchObject({ customer: '1234567890123456789', product: '1' });
    expect(event.attributes).toBe('{"trace":[98765432109876543210,1.25,"1234567890123456789"]}');
  });

  it('is not confused by names that objects have of themselves', () => {
    const event = behaviour('{"event":"click","ts":1,"__proto__":{"a":1},"constructor":2,"toString":3}');
    expect(event.attributes).toBe('{"__proto__":{"a":1},"constructor":2,"toString":3}');
  });
});

describe('purchases and returns', () => {
  it('have one line when they name one product', () => {
    const event = behaviour({ event: 'purchase', user_id: 1, item_id: 5, price: 19.99, order_id: 77, ts: 1 });
    expect(event).toMatchObject({ order: '77', product: '5' });
    expect(event.lines).toEqual([{ product: '5', quantity: '1', unitPrice: '19.99' }]);
    const bare = behaviour({ event: 'purchase', item_id: 5, quantity: '2.50', ts: 1 });
    expect(bare.lines).toEqual([{ product: '5', quantity: '2.5', unitPrice: null }]);
  });

  it('have a line for each of several products', () => {
    const event = behaviour({
      event: 'purchase',
      items: [
        { item_id: 1, quantity: 2, price: '3.10' },
        { sku: 'B', name: 'Mug' },
      ],
      timestamp: at,
    });
    expect(event.lines).toEqual([
      { product: '1', quantity: '2', unitPrice: '3.1' },
      { product: 'B', quantity: '1', unitPrice: null },
    ]);
    expect(event.attributes).toBe(
      '{"items":[{"item_id":1,"quantity":2,"price":"3.10"},{"sku":"B","name":"Mug"}]}',
    );
  });

  it('may name no product', () => {
    const event = behaviour({ event: 'purchase', user_id: 1, price: 5, value: 99.5, ts: 1 });
    expect(event).toMatchObject({ lines: [], value: '99.5', attributes: '{"price":5}' });
  });

  it('count what comes back as positive', () => {
    expect(behaviour({ event: 'return', item_id: 1, quantity: -2, ts: 1 }).lines[0]?.quantity).toBe('2');
  });

  it('alone have prices; elsewhere these are attributes', () => {
    const event = behaviour({ event: 'view', item_id: 1, price: 5, quantity: 'many', order: {}, ts: 1 });
    expect(event).toMatchObject({
      lines: [],
      order: null,
      attributes: '{"order":{},"quantity":"many","price":5}',
    });
  });

  it('round the noise of floats, and refuse a text that does not fit', () => {
    const line = (price: unknown) =>
      behaviour({ event: 'purchase', item_id: 1, price, ts: 1 }).lines[0]?.unitPrice;
    expect(line(30.299999999999997)).toBe('30.3');
    expect(line(0.1 + 0.2)).toBe('0.3');
    expect(line('1e2')).toBe('100');
    expect(reason({ event: 'purchase', item_id: 1, price: '1.23456', ts: 1 })).toBe(
      '"price" is "1.23456", which has 5 decimal places, and only 4 can be kept.',
    );
  });

  it.each([
    [{ item_id: 1, quantity: 0 }, '"quantity" is 0; it must be more than 0.'],
    [{ item_id: 1, quantity: -1 }, '"quantity" is -1; it must be more than 0.'],
    [{ item_id: 1, price: -1 }, '"price" is -1; it must not be negative.'],
    [
      { item_id: 1, price: 'free' },
      '"price" is "free", which is not a number; send a decimal such as 19.99.',
    ],
    [{ item_id: 1, price: true }, '"price" is true, which is not a number; send a decimal such as 19.99.'],
    [
      { item_id: 1, price: 123456789 },
      '"price" is 123456789, which has more than 8 digits before the point.',
    ],
    [
      { item_id: 1, price: 99999999, quantity: 999999999 },
      '"quantity" times "price" is 100 billion or more, which is too large for a sale.',
    ],
    [{ items: 5 }, '"items" is 5; it must be a list of {item_id, quantity, price}.'],
    [{ items: [5] }, '"items[0]" is 5; it must be an object such as {"item_id": 101, "quantity": 1}.'],
    [{ items: [{ quantity: 1 }] }, '"items[0]" names no product; add "item_id".'],
  ])('refuse %j', (fields, expected) => {
    expect(reason({ event: 'purchase', ts: 1, ...fields })).toBe(expected);
  });
});

describe('bare measurements', () => {
  it('are read as they stand in the wild, and known by their number and time', () => {
    expect(read('{"event_id":3,"event_time":1725868800.0,"value":300}')).toEqual({
      kind: 'measurement',
      source: null,
      id: '3@1725868800',
      occurredAtMs: 1_725_868_800_000,
      device: null,
      series: null,
      value: '300',
      text: null,
      attributes: null,
    });
  });

  it('have one identity in every form of the same time', () => {
    const times = [
      1725868800,
      '1725868800.0',
      1725868800000,
      '2024-09-09 08:00:00',
      '2024-09-09T10:00:00+02:00',
    ];
    const ids = times.map((event_time) => measurement({ event_id: 3, event_time, value: 1 }).id);
    expect(new Set(ids)).toEqual(new Set(['3@1725868800']));
    expect(measurement({ event_id: 3, event_time: 1725868800.1234567, value: 1 }).id).toBe(
      '3@1725868800.1234567',
    );
  });

  it('may bear an id of their own, or none', () => {
    expect(measurement({ id: 'm1', event_id: 3, event_time: 1, value: 1 })).toMatchObject({
      id: 'm1',
      attributes: '{"event_id":3}',
    });
    expect(measurement({ event_time: 1, value: 1 }).id).toBeNull();
  });

  it('name their device and series, and keep the rest', () => {
    const event = measurement({
      event: 'measurement',
      type: 'temperature',
      sensor: 'd1',
      metric: 'temp',
      value: '21.50',
      ts: 1,
      unit: 'C',
    });
    expect(event).toMatchObject({ device: 'd1', series: 'temp', value: '21.5' });
    expect(event.attributes).toBe('{"type":"temperature","unit":"C"}');
  });

  it.each([
    ['20.374829103847562', '20.374829103848'],
    ['-0.0000000000004', '0'],
    ['1e3', '1000'],
    ['1.5E-3', '0.0015'],
    ['123456789012345678.123456789012', '123456789012345678.123456789012'],
    ['-1725868800123', '-1725868800123'],
    ['"  7 "', '7'],
    ['".5"', '0.5'],
    ['"+007.10"', '7.1'],
    ['-0', '0'],
    ['0.9999999999999999', '1'],
  ])('read the value %s', (value, expected) => {
    expect(measurement(`{"value":${value},"ts":1}`).value).toBe(expected);
  });

  it.each([
    ['1e400', '"value" is 1e400, which has more than 18 digits before the point.'],
    ['1e18', '"value" is 1000000000000000000, which has more than 18 digits before the point.'],
    [
      '"0.1234567890123"',
      '"value" is "0.1234567890123", which has 13 decimal places, and only 12 can be kept.',
    ],
    ['"1e-400"', '"value" is "1e-400", which has 101 decimal places, and only 12 can be kept.'],
    ['"a"', '"value" is "a", which is not a number; send a decimal such as 19.99.'],
    ['true', '"value" is true, which is not a number; send a decimal such as 19.99.'],
    ['[1]', '"value" is [1], which is not a number; send a decimal such as 19.99.'],
  ])('refuse the value %s', (value, expected) => {
    expect(reason(`{"value":${value},"ts":1}`)).toBe(expected);
  });
});

describe('times', () => {
  it.each([
    ['2024-09-09T12:00:00Z', atMs],
    ['2024-09-09T12:00:00.250Z', atMs + 250],
    ['2024-09-09 12:00:00.123456', atMs + 123],
    ['2024-09-09T14:00:00+02:00', atMs],
    ['2024-09-09T12:00', atMs],
    ['2024-09-09', Date.UTC(2024, 8, 9)],
    ['0999-12-31 00:00:00', Date.parse('0999-12-31T00:00:00Z')],
    [1725883200, atMs],
    [1725883200.001, atMs + 1],
    [1725883200123, atMs + 123],
    ['1725883200123', atMs + 123],
    [0, 0],
    [-1, -1000],
  ])('reads %s', (timestamp, expected) => {
    expect(behaviour({ event: 'view', timestamp }).occurredAtMs).toBe(expected);
  });

  it('reads times without an offset in the configured zone', () => {
    const inBerlin = createDecoder({ timeZone: 'Europe/Berlin' });
    const timeOf = (timestamp: unknown) => {
      const decoded = inBerlin({ value: bytes({ event: 'view', timestamp }), headers: {} });
      return decoded.ok && new Date(decoded.event.occurredAtMs).toISOString();
    };
    expect(timeOf('2024-07-01 12:00:00')).toBe('2024-07-01T10:00:00.000Z');
    expect(timeOf('2024-01-01T12:00:00.5')).toBe('2024-01-01T11:00:00.500Z');
    expect(timeOf('2024-01-01T12:00:00Z')).toBe('2024-01-01T12:00:00.000Z');
    expect(timeOf(1725883200)).toBe('2024-09-09T12:00:00.000Z');
  });

  it.each([
    'yesterday',
    '2024-02-30 00:00:00',
    '2023-02-29T00:00:00Z',
    '2024-09-09 24:00:00',
    '0000-01-01',
    '1x',
  ])('refuses %s', (timestamp) => {
    expect(reason({ event: 'view', timestamp })).toBe(
      `"timestamp" is "${timestamp}", which is not a time of the years 1 to 9999; send ISO 8601 such as 2024-09-09T12:00:00Z, YYYY-MM-DD HH:MM:SS, or seconds or milliseconds since 1970.`,
    );
  });

  it.each([1725883200123456, 1e20, -1e15])('refuses %d', (timestamp) => {
    expect(reason({ event: 'view', timestamp })).toContain('is beyond the year 9999');
  });

  it('takes the arrival for the time of an event that names none', () => {
    const record = { value: bytes({ event: 'view' }), headers: {} };
    expect(decode({ ...record, appendedAtMs: 5 })).toMatchObject({ event: { occurredAtMs: 5 } });
    expect(decode(record)).toEqual({ ok: false, reason: 'It says not when it happened; add "timestamp".' });
    const numbered = { value: bytes({ event_id: 1, value: 1 }), headers: {}, appendedAtMs: 5 };
    expect(decode(numbered)).toMatchObject({ event: { id: null, attributes: '{"event_id":1}' } });
  });
});

describe('CloudEvents', () => {
  const envelope = {
    specversion: '1.0',
    id: 'a-1',
    source: '/shop',
    type: 'com.example.shop.click.v2',
    time: '2024-09-09T12:00:00Z',
  };

  it('are read in structured form', () => {
    const event = behaviour({
      ...envelope,
      subject: '101',
      data: { user_id: 1, page: '/a' },
      traceparent: '00-x',
    });
    expect(event).toMatchObject({ type: 'click', id: 'a-1', source: '/shop', occurredAtMs: atMs });
    expect(event).toMatchObject({ customer: '1', product: '101' });
    expect(event.attributes).toBe('{"page":"/a","traceparent":"00-x"}');
  });

  it('keep what their data says beside the envelope', () => {
    const event = behaviour({
      ...envelope,
      subject: 'S',
      page: 2,
      data: { id: 5, event: 'x', item_id: 9, ts: 3, source: 'y', page: 1 },
    });
    expect(event).toMatchObject({
      id: 'a-1',
      type: 'click',
      product: '9',
      source: '/shop',
      occurredAtMs: atMs,
    });
    expect(JSON.parse(event.attributes ?? '')).toEqual({
      id: 5,
      event: 'x',
      ts: 3,
      source: 'y',
      page: 1,
      subject: 'S',
      ce_page: 2,
    });
  });

  it('are measurements when their type says so', () => {
    const type = 'org.sensors.measurement';
    expect(measurement({ ...envelope, type, subject: 'd1', data: { value: 2, series: 't' } })).toMatchObject({
      id: 'a-1',
      device: 'd1',
      series: 't',
      value: '2',
    });
    expect(measurement({ ...envelope, type, data: 21.5 }).value).toBe('21.5');
  });

  it('may have no data, text, or base64', () => {
    expect(behaviour(envelope).attributes).toBeNull();
    expect(behaviour({ ...envelope, data: 'Nice' }).text).toBe('Nice');
    const data_base64 = Buffer.from('{"user_id":3}').toString('base64');
    expect(behaviour({ ...envelope, data_base64 }).customer).toBe('3');
  });

  it('are read in binary form', () => {
    const headers = {
      ce_specversion: '1.0',
      ce_id: 'a-1',
      ce_source: '/shop',
      ce_type: 'com.example.shop.purchase',
      ce_time: '2024-09-09T12:00:00Z',
      ce_tenant: 'T',
      'content-type': 'application/json',
      other: 'x',
    };
    const event = behaviour({ user_id: 1, item_id: 2, price: 3 }, headers);
    expect(event).toMatchObject({
      type: 'purchase',
      id: 'a-1',
      source: '/shop',
      attributes: '{"tenant":"T"}',
    });
    expect(event.lines).toEqual([{ product: '2', quantity: '1', unitPrice: '3' }]);
    expect(decode({ value: null, headers: headersOf(headers) })).toMatchObject({ ok: true });
    expect(behaviour('plain words', { ...headers, 'content-type': 'text/plain' }).text).toBe('plain words');
    expect(reason('plain words', headers)).toMatch(/^The data is not JSON/);
    expect(reason({}, { ...headers, ce_id: 'a\u0000b' })).toBe(
      'The header ce_id holds a NUL character, which no text may hold.',
    );
  });

  it.each([
    [{ ...envelope, specversion: '0.3' }, '"specversion" is "0.3"; it must be "1.0".'],
    [{ ...envelope, id: undefined }, '"id" is null; a CloudEvent needs a text there.'],
    [{ ...envelope, source: '' }, '"source" is ""; a CloudEvent needs a text there.'],
    [{ ...envelope, type: 7 }, '"type" is 7; a CloudEvent needs a text there.'],
    [{ ...envelope, data: [1] }, 'The data is [1]; it must be an object.'],
  ])('are refused with a reason: %j', (event, expected) => {
    expect(reason(event)).toBe(expected);
  });

  it('must be whole when their record is said to hold one', () => {
    expect(
      reason({ event: 'click' }, { 'content-type': 'application/cloudevents+json; charset=utf-8' }),
    ).toBe('"specversion" is null; it must be "1.0".');
    const batch = { 'content-type': 'application/cloudevents-batch+json' };
    expect(reason([envelope], batch)).toBe('It is a list; send each event as a record of its own.');
  });
});

describe('what is no event', () => {
  it.each([
    [null, 'It is empty (a tombstone); an event has a value.'],
    ['', 'It is empty; send a JSON object.'],
    ['[]', 'It is a list; send each event as a record of its own.'],
    ['5', 'It is 5; an event is a JSON object.'],
    ['null', 'It is null; an event is a JSON object.'],
    [
      '{}',
      'It has neither "event" (what somebody did, such as "click") nor "value" (what was measured); add one of them.',
    ],
    ['{"event":5,"ts":1}', '"event" is 5; it must be the name of what happened, such as "click".'],
    ['{"event":"  ","ts":1}', '"event" is empty; it must be the name of what happened, such as "click".'],
    ['{"event":"a","user_id":{},"ts":1}', '"user_id" is {}; it must be a text or a whole number.'],
    ['{"event":"a","user_id":1.5,"ts":1}', '"user_id" is 1.5; it must be a text or a whole number.'],
    ['{"event":"a","user_id":1e300,"ts":1}', '"user_id" is 1e+300; it must be a text or a whole number.'],
    ['{"event":"a","t":"\\u0000","ts":1}', 'It holds a NUL character, which no text may hold.'],
    ['{"event":"a","\\ud800":1,"ts":1}', 'It holds half a character (a lone surrogate).'],
  ])('%s', (value, expected) => {
    expect(reason(value)).toBe(expected);
  });

  it('says what is wrong with the JSON', () => {
    expect(reason('{"event_id": 1, "value": NaN}')).toContain('NaN and Infinity are none');
    expect(reason("{'event': 'click'}")).toContain('double quotes');
    expect(reason('{"event":"click"')).toContain('send an object such as');
    expect(reason(Buffer.from([0x7b, 0xff, 0x7d]))).toBe(
      'It holds bytes that are not UTF-8; send it in UTF-8.',
    );
  });

  it('refuses what is too long or too deep, and never throws', () => {
    expect(reason({ event: 'a', user_id: 'é'.repeat(501), ts: 1 })).toBe(
      '"user_id" is longer than 1000 bytes; send something shorter.',
    );
    const deep = `{"event":"a","ts":1,"x":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
    expect(reason(deep)).toBe('It is nested too deeply; send flatter JSON.');
  });

  it('takes texts that only look odd', () => {
    const text = 'a\ufffd\ud83d\ude00"\\u0000 1234567890123456789';
    const event = behaviour({ event: 'review', text, ts: 1, [text]: text });
    expect(event.text).toBe(text);
    expect(event.attributes).toBe(JSON.stringify({ [text]: text }));
    expect(behaviour(`\ufeff{"event":"a","ts":1}`).type).toBe('a');
  });
});
