// Mutation.collect over HTTP: what it takes, what it refuses, who may, and what then stands in the log.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Role } from '../../src/core/scope.js';
import { createDecoder } from '../../src/events/decode.js';
import { type Gateway, startGateway } from '../support/gateway.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { askAs, keyOf, roleKeys } from '../support/roles.js';

const mutation =
  'mutation ($events: [EventInput!]!) { collect(events: $events) { accepted rejected { index reason } } }';

let database: TestDatabase;
let gateway: Gateway;

beforeAll(async () => {
  database = await createTestDatabase();
  gateway = await startGateway(database, roleKeys);
});
afterAll(async () => {
  await gateway?.close();
  await database?.close();
});

const send = (query: string, variables: object = {}, role: Role = 'writer') =>
  askAs(role, gateway.url, query, variables);
const collect = (events: readonly object[], role?: Role) => send(mutation, { events }, role);

/** The events that the log holds, and then no longer holds. */
async function takeEvents() {
  const decode = createDecoder({ timeZone: 'UTC' });
  const { rows } = await database.pool.query<{ value: Buffer; appended_at: Date }>(
    'WITH taken AS (DELETE FROM log_entry RETURNING *) SELECT value, appended_at FROM taken ORDER BY value',
  );
  return rows.map(({ value, appended_at: at }) => {
    const decoded = decode({ value, headers: {}, appendedAtMs: at.getTime() });
    if (!decoded.ok) throw new Error(decoded.reason);
    return decoded.event;
  });
}

describe('collect', () => {
  it('takes behaviour, purchases and measurements with all of their fields', async () => {
    const answer = await collect([
      {
        type: 'rating',
        id: 'r1',
        source: 'web',
        customer: '1',
        product: '101',
        occurredAt: '2024-09-09T12:00:00Z',
        value: '4.50',
        text: 'Nice "é"',
        region: 'Malta',
        attributes: '{"page":"/a","n":12345678901234567890}',
      },
      {
        type: 'purchase',
        order: '77',
        occurredAt: '2024-09-09',
        lines: [{ product: 'A', quantity: 2, unitPrice: '9.90' }, { product: 'B' }],
      },
      { type: 'measurement', id: 'm1', device: 'd', series: 's', value: 1.25, occurredAt: '2024-09-09' },
    ]);
    expect(answer).toEqual({ data: { collect: { accepted: 3, rejected: [] } } });
    const events = await takeEvents();
    expect(events).toHaveLength(3);
    expect(events).toContainEqual({
      kind: 'behaviour',
      type: 'rating',
      id: 'r1',
      source: 'web',
      customer: '1',
      product: '101',
      occurredAtMs: Date.UTC(2024, 8, 9, 12),
      value: '4.5',
      text: 'Nice "é"',
      order: null,
      region: 'Malta',
      lines: [],
      attributes: '{"page":"/a","n":12345678901234567890}',
    });
    expect(events).toContainEqual(
      expect.objectContaining({
        type: 'purchase',
        order: '77',
        lines: [
          { product: 'A', quantity: '2', unitPrice: '9.9' },
          { product: 'B', quantity: '1', unitPrice: null },
        ],
      }),
    );
    expect(events).toContainEqual(
      expect.objectContaining({ kind: 'measurement', id: 'm1', device: 'd', series: 's', value: '1.25' }),
    );
  });

  it('takes now for the time of an event that names none', async () => {
    const before = Date.now();
    await collect([{ type: 'view' }]);
    const [event] = await takeEvents();
    // The clock of the database stamps it; it is that of this machine.
    expect(event?.occurredAtMs).toBeGreaterThanOrEqual(before - 1);
  });

  it('says of each event what is wrong with it', async () => {
    const answer = await collect([
      { type: 'view', attributes: '[1]' },
      { type: 'view', customer: '1' },
      { type: 'view', attributes: '{"user_id":1}' },
      { type: 'measurement', value: 1, customer: '1' },
      { type: 'view', device: 'd' },
      { type: '  ' },
      { type: 'measurement' },
      { type: 'purchase', lines: [{ product: 'A', quantity: -1 }] },
    ]);
    expect(answer.data.collect.accepted).toBe(1);
    expect(answer.data.collect.rejected).toEqual([
      { index: 0, reason: 'The attributes must be a JSON object such as {"page": "/offers"}.' },
      {
        index: 2,
        reason:
          'The attribute "user_id" has the name of a field of the event; fill that field instead, or rename the attribute.',
      },
      { index: 3, reason: 'A measurement has no customer; leave it out.' },
      { index: 4, reason: 'Only a measurement has a device; leave it out, or write it into the attributes.' },
      { index: 5, reason: '"event" is empty; it must be the name of what happened, such as "click".' },
      { index: 6, reason: 'It has no "value"; a measurement needs the number that was measured.' },
      { index: 7, reason: '"items[0].quantity" is -1; it must be more than 0.' },
    ]);
    expect(await takeEvents()).toHaveLength(1);
  });

  it('is for writers and operators, and for so many events at once', async () => {
    const refused = await collect([{ type: 'view' }], 'reader');
    expect(refused.errors[0]).toMatchObject({
      message: 'This key may only read; to send events, use a key with the role writer or operator.',
      extensions: { code: 'FORBIDDEN' },
    });
    expect((await collect([{ type: 'view' }], 'operator')).data.collect.accepted).toBe(1);
    const many = await collect(Array.from({ length: 1_001 }, () => ({ type: 'view' })));
    expect(many.errors[0].extensions.code).toBe('LIMIT_EXCEEDED');
    const most = await collect(
      Array.from({ length: 1_000 }, (_, place) => ({ type: 'view', id: `${place}` })),
    );
    expect(most).toEqual({ data: { collect: { accepted: 1_000, rejected: [] } } });
    await takeEvents();
  });

  it('keeps the limits of every request', async () => {
    const many = Array.from({ length: 101 }, (_, place) => `m${place}: collect(events: []) { accepted }`);
    const answer = await send(`mutation { ${many.join(' ')} }`);
    expect(answer.errors[0].extensions).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 100_000 });
    const deep = await send(`mutation { collect(events: [{ type: 5 }]) { accepted } }`);
    expect(deep.errors[0].extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
    const wrong = await collect([{ type: 'view', value: 'many' }]);
    expect(wrong.errors[0].extensions.code).toBe('BAD_INPUT');
    const got = await fetch(
      `${gateway.url}/graphql?query=${encodeURIComponent('mutation { collect(events: []) { accepted } }')}`,
      { headers: { 'x-api-key': keyOf('writer') } },
    );
    expect(got.status).toBe(405);
  });
});
