// Holds that a request is answered for what it says, however it is wrapped and however often it was seen.

import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';

describe('the envelope of a request', () => {
  let database: TestDatabase;
  let gateway: Gateway;

  beforeAll(async () => {
    database = await createTestDatabase();
    gateway = await startGateway(database);
  });
  afterAll(async () => {
    await gateway?.close();
    await database?.close();
  });

  const query = '{ products(first: 1) { nodes { code } } }';

  /** Sends headers that fetch would put right or refuse. */
  function send(headers: Record<string, string>, body: object): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const all = { 'content-type': 'application/json', ...headers };
      const request = httpRequest(`${gateway.url}/graphql`, { method: 'POST', headers: all }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          text += part;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      });
      request.on('error', reject);
      request.end(JSON.stringify(body));
    });
  }

  it('may not hold parameters that nobody knows, at first or again', async () => {
    expect(await send({}, { query })).toMatchObject({ status: 200 });
    const refused = { status: 400, text: expect.stringContaining('Unexpected parameter') };
    expect(await send({}, { query, surprise: 1 })).toMatchObject(refused);
    expect(await send({}, { query, surprise: 1 })).toMatchObject(refused);
  });

  it.each(['127.0.0.1:99999', 'localhost:123456789', '1.2.3.4.', '[::1]:80', 'localhost:'])(
    'may bear the Host %s, whose port is no concern of ours',
    async (host) => {
      expect(await send({ host }, { query, extensions: {} })).toMatchObject({ status: 200 });
    },
  );

  it.each(['Application/JSON', 'application/json;charset="UTF-8"', 'application/json ; charset=utf8 ;'])(
    'may bear the media type %s',
    async (type) => {
      expect(await send({ 'content-type': type }, { query })).toMatchObject({ status: 200 });
    },
  );

  it('may quote what our database would say, without being taken for an outage', async () => {
    const { text } = await send({}, { query: '{ products(first: "Connection terminated") { totalCount } }' });
    expect(JSON.parse(text).errors[0].extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
  });

  it('is told by its request id, whatever is wrong with it', async () => {
    const broken = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{',
    });
    const requestId = broken.headers.get('x-request-id');
    expect(JSON.parse(await broken.text()).errors[0].extensions).toEqual({ code: 'BAD_INPUT', requestId });
  });

  it('is answered in JSON where that is named before a page', async () => {
    const headers = { accept: 'application/json, text/html' };
    const response = await fetch(`${gateway.url}/graphql?query=${encodeURIComponent(query)}`, { headers });
    expect(response.headers.get('content-type')).toContain('application/json');
    const none = await fetch(`${gateway.url}/graphql`, { headers });
    expect(none.headers.get('content-type')).toContain('application/json');
  });

  it('is told where a variable is wrong', async () => {
    const wrong = 'query ($d: Decimal) { sales(filter: { amount: { lt: $d } }) { totalCount } }';
    const { text } = await send({}, { query: wrong, variables: { d: 'much' } });
    expect(JSON.parse(text).errors[0]).toMatchObject({
      message: expect.stringContaining('is not a decimal'),
      locations: [{ line: 1, column: 8 }],
      extensions: { code: 'BAD_INPUT' },
    });
  });

  it('may not name a time beyond the year 9999', async () => {
    const late = '{ sales(filter: { soldAt: { lt: "9999-12-31T23:59:59-23:59" } }) { totalCount } }';
    expect(JSON.parse((await send({}, { query: late })).text).errors[0]).toMatchObject({
      message: expect.stringContaining('is not a time'),
      extensions: { code: 'BAD_INPUT' },
    });
  });
});
