// Holds that both protocols are spoken to the letter: close codes, keys, queries and mutations, event ids, reservations.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type Gateway, startGateway } from '../../support/gateway.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { openResults, type Results } from './results.js';

const key = 'the reader key';
const keys = { FLYWHEEL_API_KEYS: `board:writer:${createHash('sha256').update(key).digest('hex')}` };

let database: TestDatabase;
let results: Results;
let open: Gateway;
let locked: Gateway;

beforeAll(async () => {
  database = await createTestDatabase({ poolSize: 10 });
  [open, locked] = [await startGateway(database), await startGateway(database, keys)];
  results = openResults(database);
});

afterAll(async () => {
  await results.close();
  await Promise.all([open.close(), locked.close()]);
  await database.close();
});

const total = 'subscription { liveMetric(metric: EVENTS, every: ALL) { value revision cursor } }';

/** A socket and what is heard on it, as plain as can be. */
async function socket(gateway: Gateway, protocols: string[] = ['graphql-transport-ws'], headers = {}) {
  const client = new WebSocket(`${gateway.url.replace('http', 'ws')}/graphql`, protocols, { headers });
  const heard: Record<string, unknown>[] = [];
  client.on('message', (data) => heard.push(JSON.parse(String(data))));
  const closed = once(client, 'close').then(([code, reason]) => [code, String(reason)]);
  await once(client, 'open');
  return { client, heard, closed, say: (message: unknown) => client.send(JSON.stringify(message)) };
}

async function hears(heard: readonly unknown[], count: number): Promise<void> {
  await expect.poll(() => heard.length).toBe(count);
}

describe('graphql-transport-ws', () => {
  const subscribe = { id: 'one', type: 'subscribe', payload: { query: total } };

  it.each<[string, number, unknown[]]>([
    ['no message of the protocol', 4400, ['nonsense']],
    ['a message that only a server sends', 4400, [{ type: 'connection_ack' }]],
    ['an operation before the greeting', 4401, [subscribe]],
    ['two greetings', 4429, [{ type: 'connection_init' }, { type: 'connection_init' }]],
    ['two operations of one id', 4409, [{ type: 'connection_init' }, subscribe, subscribe]],
    ['no greeting in time', 4408, []],
  ])('closes on %s', async (_, code, messages) => {
    const { say, closed } = await socket(open);
    for (const message of messages) say(message);
    expect((await closed)[0]).toBe(code);
  });

  it('closes where another protocol is spoken', async () => {
    const client = new WebSocket(`${open.url.replace('http', 'ws')}/graphql`);
    const [code] = await once(client, 'close');
    expect(code).toBe(4406);
  });

  it('takes the key from the headers or from the greeting, under the names of the headers', async () => {
    for (const payload of [{ authorization: `Bearer ${key}` }, { 'X-API-Key': key }]) {
      const { say, heard, client } = await socket(locked);
      say({ type: 'connection_init', payload });
      await hears(heard, 1);
      expect(heard).toEqual([{ type: 'connection_ack' }]);
      client.terminate();
    }
    const known = await socket(locked, ['graphql-transport-ws'], { 'x-api-key': key });
    known.say({ type: 'connection_init' });
    await hears(known.heard, 1);
    known.client.terminate();

    const keyless = await socket(locked);
    keyless.say({ type: 'connection_init' });
    expect(await keyless.closed).toEqual([4403, expect.stringMatching(/needs an API key/)]);
    const wrong = await socket(locked);
    wrong.say({ type: 'connection_init', payload: { 'X-API-Key': 'wrong' } });
    expect((await wrong.closed)[0]).toBe(4403);
  });

  it('answers pings, queries and mutations, and says what is wrong with an operation', async () => {
    const { say, heard, client } = await socket(open);
    say({ type: 'connection_init' });
    say({ type: 'ping', payload: { any: 1 } });
    await hears(heard, 2);
    expect(heard[1]).toEqual({ type: 'pong', payload: { any: 1 } });
    const [before] = heard.splice(0);
    expect(before).toEqual({ type: 'connection_ack' });

    say({
      id: 'q',
      type: 'subscribe',
      payload: { query: '{ products(first: 1) { totalCount } __typename }' },
    });
    await hears(heard, 2);
    expect(heard.splice(0)).toEqual([
      { id: 'q', type: 'next', payload: { data: { products: { totalCount: 0 }, __typename: 'Query' } } },
      { id: 'q', type: 'complete' },
    ]);
    say({ id: 'm', type: 'subscribe', payload: { query: 'mutation { __typename }' } });
    await hears(heard, 2);
    expect(heard.splice(0)[0]).toMatchObject({ payload: { data: { __typename: 'Mutation' } } });
    for (const [query, code] of [
      ['{ nothing }', 'GRAPHQL_VALIDATION_FAILED'],
      ['{', 'GRAPHQL_PARSE_FAILED'],
      ['subscription { liveMetric(metric: EVENTS, every: ALL, last: -1) { value } }', 'BAD_INPUT'],
      ['subscription { liveMetric(metric: EVENTS, every: YEAR) { value } }', 'BAD_INPUT'],
    ]) {
      say({ id: 'bad', type: 'subscribe', payload: { query } });
      await hears(heard, 1);
      expect(heard.splice(0)[0]).toMatchObject({
        id: 'bad',
        type: 'error',
        payload: [{ extensions: { code } }],
      });
    }
    client.terminate();
  });

  it('stops a subscription when it is told to, and keeps the others', async () => {
    const { say, heard, client } = await socket(open);
    say({ type: 'connection_init' });
    await results.publish({ cut: 'Event/ALL/', minute: undefined, value: 1 });
    say({ id: 'a', type: 'subscribe', payload: { query: total } });
    say({ id: 'b', type: 'subscribe', payload: { query: total } });
    await hears(heard, 3);
    say({ id: 'a', type: 'complete' });
    say({ type: 'ping' });
    await hears(heard, 4);
    await results.publish({ cut: 'Event/ALL/', minute: undefined, value: 2 });
    await hears(heard, 5);
    expect(heard[4]).toMatchObject({
      id: 'b',
      type: 'next',
      payload: { data: { liveMetric: { value: 2 } } },
    });
    client.terminate();
  });

  it('reconnects a client that its gateway left, and says why', async () => {
    const gateway = await startGateway(database);
    const { say, heard, closed } = await socket(gateway);
    say({ type: 'connection_init' });
    await hears(heard, 1);
    await gateway.close();
    expect((await closed)[0]).toBe(1001);
  });

  it('serves the official client', async () => {
    const client = createClient({
      url: `${locked.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { Authorization: `Bearer ${key}` },
    });
    for await (const { data } of client.iterate({ query: total })) {
      expect(data).toMatchObject({ liveMetric: { revision: 2 } });
      break;
    }
    await client.dispose();
  });
});

/** The text of a stream until it holds all marks. */
async function read(response: Response, ...marks: readonly string[]): Promise<string> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  while (!marks.every((mark) => text.includes(mark))) {
    const part = await reader?.read();
    if (part === undefined || part.done) break;
    text += decoder.decode(part.value, { stream: true });
  }
  await reader?.cancel();
  return text;
}

const stream = { accept: 'text/event-stream' };

describe('graphql-sse, a stream for each operation', () => {
  const ask = (query: string, init: RequestInit = {}) =>
    fetch(`${open.url}/graphql?query=${encodeURIComponent(query)}`, {
      ...init,
      headers: { ...stream, ...init.headers },
    });

  it('names each message by its cursor, and goes on after the one that a reader had last', async () => {
    await results.publish({ cut: 'Event/ALL/', minute: undefined, value: 3 });
    const first = await ask(total);
    expect(first.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const text = await read(first, 'data: ');
    const [, id] = /^id: (\S+)$/m.exec(text) ?? [];
    expect(text).toContain('event: next\ndata: {"data":{"liveMetric":{"value":3,');
    await results.publish({ cut: 'Event/ALL/', minute: undefined, value: 4 });
    await results.publish({ cut: 'Event/ALL/', minute: undefined, value: 5 });
    const second = await ask(total, { headers: { 'last-event-id': id ?? '' } });
    const rest = await read(second, '"value":5');
    expect([...rest.matchAll(/"value":(\d)/g)].map(([, value]) => value)).toEqual(['4', '5']);
  });

  it('answers queries, and says in the stream what is wrong', async () => {
    expect(await (await ask('{ __typename }')).text()).toBe(
      ':\n\nevent: next\ndata: {"data":{"__typename":"Query"}}\n\nevent: complete\ndata:\n\n',
    );
    const refused = await ask('{ nothing }');
    expect(refused.status).toBe(200);
    expect(await refused.text()).toMatch(
      /^:\n\nevent: next\ndata: {"errors":\[.*GRAPHQL_VALIDATION_FAILED.*\n\nevent: complete\ndata:\n\n$/,
    );
    expect((await ask('mutation { __typename }')).status).toBe(405);
    const body = await fetch(`${open.url}/graphql`, {
      method: 'POST',
      body: '{',
      headers: { ...stream, 'content-type': 'application/json' },
    });
    expect(body.status).toBe(400);
  });

  it('ends streams when the gateway stops', async () => {
    const gateway = await startGateway(database);
    const response = await fetch(`${gateway.url}/graphql?query=${encodeURIComponent(total)}`, {
      headers: stream,
    });
    const text = response.text();
    await gateway.close();
    expect(await text).not.toContain('complete');
  });

  it('is where a plain request for a subscription is sent', async () => {
    const response = await fetch(`${open.url}/graphql`, {
      method: 'POST',
      body: JSON.stringify({ query: total }),
      headers: { 'content-type': 'application/json', accept: 'application/json' },
    });
    expect(await response.text()).toMatch(/Subscriptions are served over WebSocket/);
  });
});

describe('graphql-sse, one stream for many operations', () => {
  const at = (path = '') => `${locked.url}/graphql${path}`;
  const headers = { 'x-api-key': key, 'content-type': 'application/json' };
  const operation = (operationId: string, query: string) =>
    JSON.stringify({ query, extensions: { operationId } });

  it('reserves, opens once, runs, stops', async () => {
    const reserved = await fetch(at(), { method: 'PUT', headers });
    expect(reserved.status).toBe(201);
    const token = await reserved.text();
    const own = { ...headers, 'x-graphql-event-stream-token': token };
    const post = (body: string, more = {}) =>
      fetch(at(), { method: 'POST', body, headers: { ...own, ...more } });

    // What comes before the stream is opened waits for it.
    expect((await post(operation('q', '{ __typename }'))).status).toBe(202);
    const opened = await fetch(at(`?token=${token}`), { headers: { 'x-api-key': key, ...stream } });
    expect(opened.status).toBe(200);
    expect((await fetch(at(`?token=${token}`), { headers: { ...headers, ...stream } })).status).toBe(409);
    expect((await post(operation('s', total))).status).toBe(202);
    expect((await post(operation('s', total))).status).toBe(409);
    expect((await post(operation('bad', '{ nothing }'))).status).toBe(400);
    expect((await post(JSON.stringify({ query: total }))).status).toBe(400);
    expect((await fetch(at('?operationId=s'), { method: 'DELETE', headers: own })).status).toBe(200);
    expect((await post(operation('s', '{ metrics { name } }'))).status).toBe(202);
    expect((await post(operation('live', total))).status).toBe(202);
    const live = '{"id":"live","payload":{"data":{"liveMetric":{"value":';
    const text = await read(opened, 'event: complete\ndata: {"id":"s"}', live);
    expect(text).toContain('event: next\ndata: {"id":"q","payload":{"data":{"__typename":"Query"}}}\n\n');
    expect(text).toContain('event: complete\ndata: {"id":"q"}\n\n');
    // The reader has left: so is the reservation.
    await expect.poll(async () => (await post(operation('x', total))).status).toBe(404);
  });

  it('keeps strangers away from what others have reserved', async () => {
    const token = await (await fetch(at(), { method: 'PUT', headers })).text();
    expect((await fetch(at(`?token=${token}`), { headers: stream })).status).toBe(401);
    expect((await fetch(at('?token=guessed'), { headers: { ...headers, ...stream } })).status).toBe(404);
    expect((await fetch(at('?operationId=1'), { method: 'DELETE', headers })).status).toBe(404);
  });
});
