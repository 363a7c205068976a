// Holds that the documents of graphql/operations fit the schema and run as they are, without any variable: queries
// answer, subscriptions give a message as soon as something happens.

import { type DocumentNode, getOperationAST, Kind, parse, specifiedRules, validate } from 'graphql';
import { createClient, type ExecutionResult } from 'graphql-sse';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSchema } from '../../graphql/schema.js';
import { type Gateway, startGateway } from '../support/gateway.js';
import { readOperations } from '../support/operations.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { fillSmallShop } from '../support/small-shop.js';

let database: TestDatabase;
let gateway: Gateway;
beforeAll(async () => {
  database = await createTestDatabase();
  await fillSmallShop(database.pool);
  gateway = await startGateway(database, {}, ['gateway', 'pipeline']);
});
afterAll(async () => {
  await gateway?.close();
  await database?.close();
});

async function answer(query: string): Promise<ExecutionResult> {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  return response.json();
}

/** Something of every kind happens, again and again, until the signal is aborted. */
async function makeHappen(signal: AbortSignal): Promise<void> {
  for (let count = 0; !signal.aborted; count += 1) {
    const response = await fetch(`${gateway.url}/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([
        { event: 'purchase', user_id: 'live', item_id: 'new', price: 2.5, order_id: `live-${count}` },
        { event_id: count, event_time: Date.now() / 1000, value: 20 },
      ]),
    });
    expect(response.status).toBeLessThan(300);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function firstMessage(query: string): Promise<ExecutionResult | undefined> {
  const client = createClient({ url: `${gateway.url}/graphql` });
  const messages = client.iterate({ query });
  const seen = new AbortController();
  const happening = makeHappen(seen.signal);
  try {
    return (await messages.next()).value;
  } finally {
    seen.abort();
    await happening;
    await messages.return?.();
    client.dispose();
  }
}

describe.each(readOperations())('$name', ({ name, text }) => {
  let document: DocumentNode;
  beforeAll(() => {
    document = parse(text);
  });

  it('is valid', async () => {
    const errors = validate(await loadSchema(), document, specifiedRules);
    expect(errors.map(({ message }) => message)).toEqual([]);
  });

  it('holds one operation of its own name, whose variables all may be left out', () => {
    const operations = document.definitions.flatMap((definition) =>
      definition.kind === Kind.OPERATION_DEFINITION ? [definition] : [],
    );
    expect(operations.map((operation) => operation.name?.value)).toEqual([name]);
    const required = operations
      .flatMap(({ variableDefinitions = [] }) => variableDefinitions)
      .filter(({ type, defaultValue }) => type.kind === Kind.NON_NULL_TYPE && defaultValue === undefined);
    expect(required).toEqual([]);
  });

  it('runs', async () => {
    const isLive = getOperationAST(document)?.operation === 'subscription';
    const result = isLive ? await firstMessage(text) : await answer(text);
    expect(result?.errors).toBeUndefined();
    expect(result?.data).toBeTruthy();
  });

  it('begins with a comment that asks a question', () => {
    expect(text).toMatch(/^(# .*\n)*# .*\?/);
  });
});
