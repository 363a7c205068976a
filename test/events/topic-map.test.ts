// Topics of others, read by a map.

import { describe, expect, it } from 'vitest';
import { FlywheelError } from '../../src/core/errors.js';
import { readTopicMap } from '../../src/events/topic-map.js';

const options = { timeZone: 'UTC' };

function decoded(map: unknown, value: unknown) {
  const { decoder } = readTopicMap(map, options);
  return decoder({
    value: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
    headers: {},
  });
}

function faultsOf(map: unknown): readonly string[] {
  try {
    readTopicMap(map, options);
  } catch (error) {
    if (error instanceof FlywheelError) return error.message.split('\n');
  }
  return [];
}

const orders = {
  topic: 'orders',
  event: 'purchase',
  source: 'webshop',
  dates: 'dd.MM.yyyy HH:mm',
  timeZone: 'Europe/Berlin',
  fields: {
    id: 'nr',
    customer: 'buyer.id',
    occurredAt: 'ts',
    order: 'nr',
    region: { field: 'buyer.country', values: { D: 'Germany', F: 'France' }, otherwise: 'Elsewhere' },
    items: { list: 'positions', product: 'article.sku', quantity: 'n', price: 'each' },
  },
};

describe('a map', () => {
  it('makes a purchase of an order', () => {
    const result = decoded(orders, {
      nr: 17,
      ts: '01.07.2024 12:00',
      buyer: { id: 'c1', country: 'D' },
      positions: [{ article: { sku: 'A' }, n: 2, each: '9.90' }, { article: { sku: 'B' } }],
      note: 'x',
    });
    expect(result).toEqual({
      ok: true,
      event: {
        kind: 'behaviour',
        type: 'purchase',
        source: 'webshop',
        id: '17',
        occurredAtMs: Date.UTC(2024, 6, 1, 10),
        customer: 'c1',
        product: null,
        value: null,
        text: null,
        order: '17',
        region: 'Germany',
        lines: [
          { product: 'A', quantity: '2', unitPrice: '9.9' },
          { product: 'B', quantity: '1', unitPrice: null },
        ],
        attributes: expect.any(String),
      },
    });
    const attributes = result.ok ? JSON.parse(result.event.attributes ?? '') : undefined;
    expect(Object.keys(attributes)).toEqual(['buyer', 'positions', 'note']);
  });

  it('takes the event from a field, with a table of its values', () => {
    const map = {
      topic: 't',
      event: { field: 'k', values: { 1: 'view', 2: 'click' }, ifEmpty: 1 },
      fields: { product: 'a.b', customer: { value: 'everybody' } },
    };
    const at = { 'a.b': 5 };
    expect(decoded(map, { k: 2, ts: 1, ...at })).toMatchObject({ ok: false });
    const dated = { ...map, fields: { ...map.fields, occurredAt: 'ts' } };
    expect(decoded(dated, { k: 2, ts: 1, ...at })).toMatchObject({
      event: { type: 'click', product: '5', customer: 'everybody', attributes: null },
    });
    expect(decoded(dated, { ts: 1, ...at })).toMatchObject({ event: { type: 'view' } });
    expect(decoded(dated, { k: 3, ts: 1 })).toEqual({
      ok: false,
      reason: '"k" is 3, which is not among the values of the map (1, 2).',
    });
  });

  it('makes measurements', () => {
    const map = {
      topic: 'sensors',
      kind: 'measurement',
      fields: {
        value: 'reading.celsius',
        device: 'dev',
        series: { value: 'temperature' },
        eventId: 'seq',
        occurredAt: 'at',
      },
    };
    expect(decoded(map, { seq: 3, at: 1725868800, dev: 7, reading: { celsius: 21.5, raw: 9 } })).toEqual({
      ok: true,
      event: {
        kind: 'measurement',
        source: null,
        id: '3@1725868800',
        occurredAtMs: 1_725_868_800_000,
        device: '7',
        series: 'temperature',
        value: '21.5',
        text: null,
        attributes: '{"reading":{"celsius":21.5,"raw":9}}',
      },
    });
  });

  it('says what is wrong with a record', () => {
    const { decoder } = readTopicMap(orders, options);
    const reason = (value: unknown) => {
      const result = decoder({
        value: value === null ? null : Buffer.from(JSON.stringify(value)),
        headers: {},
      });
      return result.ok ? '' : result.reason;
    };
    expect(reason(null)).toContain('tombstone');
    expect(reason([1])).toBe('It is [1]; an event is a JSON object.');
    expect(reason({ ts: 'soon' })).toBe('"ts" is "soon", which is not a time of the form dd.MM.yyyy HH:mm.');
    expect(reason({ ts: '01.07.2024 12:00', positions: [5] })).toBe(
      '"positions" holds 5; each of its items must be an object.',
    );
    expect(reason({ ts: '01.07.2024 12:00', buyer: { id: [1] } })).toBe(
      '"buyer.id" is [1]; it must be a text or a whole number.',
    );
  });

  it('names all of its faults at once, with what was perhaps meant', () => {
    expect(
      faultsOf({
        topic: 't',
        timezone: 'UTC',
        timeZone: 'Europe/Berlinn',
        dates: 'MM/dd',
        fields: { custommer: 'a', product: { fild: 'x' }, value: 5, items: { list: 'l' } },
      }),
    ).toEqual([
      'timezone: there is no such setting. Did you mean "timeZone"? Allowed here: topic, kind, event, source, dates, timeZone, fields.',
      'fields.custommer: there is no such field. Did you mean "customer"? Allowed here: id, customer, product, occurredAt, value, text, region, order, quantity, price, items.',
      'fields.product.field: is missing.',
      'fields.product.fild: there is no such setting. Did you mean "field"? Allowed here: field, values, otherwise, ifEmpty, value.',
      'fields.value: must be a path such as "buyer.id", or an object such as {"value": 1}.',
      'fields.items.product: is missing.',
      'event: say what happened, such as "purchase", or where it stands, such as {"field": "type"}.',
      'timeZone: "Europe/Berlinn" is not known; use an IANA name such as Europe/London.',
      'dates: "MM/dd" needs a year, a month and a day.',
    ]);
    expect(faultsOf({ topic: 't', kind: 'measurement', event: 'x', fields: {} })).toEqual([
      'event: a measurement has no event; leave it out, or set "kind": "behaviour".',
      'fields.value: is missing, and a measurement needs it; say where the number stands.',
    ]);
    for (const wrong of [null, 5, [], 'x', {}]) expect(faultsOf(wrong).length).toBeGreaterThan(0);
  });
});
