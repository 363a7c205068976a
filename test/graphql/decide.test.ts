// Holds who may decide, how, and for whom; what cannot be decided is said of the one customer whom it is about.

import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';

let database: TestDatabase;
let gateway: Gateway;

beforeAll(async () => {
  database = await createTestDatabase({ poolSize: 10 });
  const digest = (key: string) => createHash('sha256').update(key).digest('hex');
  const keys = (['reader', 'writer'] as const).map((role) => `${role}:${role}:${digest(role)}`);
  gateway = await startGateway(
    database,
    { FLYWHEEL_API_KEYS: keys.join(), FLYWHEEL_DECISION_PATIENCE_MS: '30000' },
    ['gateway', 'pipeline'],
  );
});
afterAll(async () => {
  await gateway?.close();
  await database?.close();
});

const recommendations = (customer: string, more = '') =>
  `recommendations(customer: ${JSON.stringify(customer)}, decide: true${more}) { decision degraded }`;

async function ask(query: string, { key = 'writer', method = 'POST' } = {}) {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const url = `${gateway.url}/graphql`;
  const response =
    method === 'GET'
      ? await fetch(`${url}?query=${encodeURIComponent(query)}`, { headers })
      : await fetch(url, { method, headers, body: JSON.stringify({ query }) });
  return response.json();
}

it('decides for writers, by POST, and not in the way that is asked for', async () => {
  expect(await ask(`{ ${recommendations('c1')} }`)).toEqual({
    data: { recommendations: { decision: expect.any(String), degraded: true } },
  });
  expect(await ask(`{ ${recommendations('c1')} }`, { key: 'reader' })).toMatchObject({
    errors: [{ message: expect.stringContaining('role reader'), extensions: { code: 'FORBIDDEN' } }],
  });
  expect(await ask(`{ ${recommendations('c1')} }`, { method: 'GET' })).toMatchObject({
    errors: [{ message: expect.stringContaining('POST'), extensions: { code: 'BAD_INPUT' } }],
  });
  expect(await ask(`{ ${recommendations('c1', ', by: CONTENT')} }`)).toMatchObject({
    errors: [{ message: expect.stringContaining('by'), extensions: { code: 'BAD_INPUT' } }],
  });
});

it('says of one customer what cannot be decided, and decides for all others', async () => {
  const codes = ['', 'x'.repeat(1_001), 'a\u0000b', 'c2'];
  const fields = codes.map((code, place) => `f${place}: ${recommendations(code)}`);
  const { data, errors } = await ask(`{ ${fields.join(' ')} }`);
  expect(data).toEqual({
    f0: null,
    f1: null,
    f2: null,
    f3: { decision: expect.any(String), degraded: true },
  });
  expect(errors).toHaveLength(3);
  const tooMany = Array.from({ length: 101 }, (_, place) => `m${place}: ${recommendations(`m${place}`)}`);
  expect(await ask(`{ ${tooMany.join(' ')} }`)).toMatchObject({
    errors: expect.arrayContaining([
      expect.objectContaining({ message: expect.stringContaining('at most 100 customers') }),
    ]),
  });
});
