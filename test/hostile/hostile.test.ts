// Holds that nothing a caller sends breaks the gateway: ten thousand seeded requests against the real door,
// server and PostgreSQL, and every statement that reaches the database is one of ours.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.js';
import { readOperations } from '../support/operations.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { fillSmallShop, smallShop } from '../support/small-shop.js';
import { faultOf, send } from './answer.js';
import { envelopes, mutations } from './envelopes.js';
import { hostileRequests } from './request.js';
import { shapes } from './shapes.js';
import { watchStatements } from './statements.js';
import { values } from './values.js';

const requestCount = 10_000;
const seed = 'hostile 1';
const connections = 8;

/** What the caches of documents and statements may hold when they are full of the largest that the limits let in. */
const heapGrowthMaxMiB = 300;
/** What the process may hold at any moment above what it held before. */
const peakMaxMiB = 1_536;

setFlagsFromString('--expose-gc');
const collectGarbage: unknown = runInNewContext('gc');

function heapMiB(): number {
  if (typeof collectGarbage === 'function') collectGarbage();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

function residentMiB(): number {
  return process.memoryUsage().rss / 2 ** 20;
}

describe('hostile requests', () => {
  let database: TestDatabase;
  let gateway: Gateway;

  beforeAll(async () => {
    database = await createTestDatabase();
    await fillSmallShop(database.pool);
    gateway = await startGateway(database);
  });

  afterAll(async () => {
    await gateway?.close();
    await database?.close();
  });

  it(`${requestCount} of them give no 5xx, no crash and no statement that is not ours`, {
    timeout: 900_000,
  }, async () => {
    const documents = readOperations().map(({ text }) => text);
    const families = { ...shapes, ...values, ...envelopes, mutations: mutations(documents) };
    const queue = hostileRequests(families, requestCount, seed);
    const statements = watchStatements();
    const faults: string[] = [];
    const answeredWell = new Map<string, number>();
    const heapBefore = heapMiB();
    const residentBefore = residentMiB();
    let sentCount = 0;
    let peakMiB = 0;

    async function work(): Promise<void> {
      for (const sent of queue) {
        const answer = await send(gateway.url, sent);
        const fault = faultOf(answer, sent);
        if (fault !== undefined) {
          const what = sent.body?.toString().slice(0, 300) ?? '';
          faults.push(`${sent.family}: ${fault}\n${sent.method} ${sent.path.slice(0, 200)} ${what}`);
        }
        sentCount += 1;
        if (answer.text.startsWith('{"data":{')) {
          answeredWell.set(sent.family, (answeredWell.get(sent.family) ?? 0) + 1);
        }
        peakMiB = Math.max(peakMiB, residentMiB() - residentBefore);
      }
    }
    await Promise.all(Array.from({ length: connections }, work));
    statements.stop();
    const grownMiB = heapMiB() - heapBefore;

    expect({ faults, foreign: statements.foreign }).toEqual({ faults: [], foreign: [] });
    expect(sentCount).toBe(requestCount);
    // Were everything refused at the door, this test would prove nothing.
    expect(answeredWell.size).toBeGreaterThan(10);
    expect(statements.distinct()).toBeGreaterThan(200);
    const { rows } = await database.pool.query('SELECT count(*)::int AS count FROM fact_sales');
    expect(rows).toEqual([{ count: smallShop.sales }]);
    expect(grownMiB).toBeLessThan(heapGrowthMaxMiB);
    expect(peakMiB).toBeLessThan(peakMaxMiB);
    console.log(
      `${requestCount} requests, ${statements.distinct()} different statements; ` +
        `heap grown by ${grownMiB.toFixed(0)} MiB, at most ${peakMiB.toFixed(0)} MiB more resident`,
    );
  });

  it('leave a gateway that answers', async () => {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{sales(first:1){totalCount}}' }),
    });
    expect(await response.json()).toEqual({ data: { sales: { totalCount: smallShop.sales } } });
  });
});
