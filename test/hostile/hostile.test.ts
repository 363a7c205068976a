// Holds that nothing a caller sends breaks the gateway: ten thousand seeded requests against the real door,
// server and PostgreSQL, and every statement that reaches the database is one of ours.

import { request as httpRequest } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { errorCodes } from '../../src/core/errors.js';
import { type Gateway, startGateway } from '../support/gateway.js';
import { readOperations } from '../support/operations.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { fillSmallShop, smallShop } from '../support/small-shop.js';
import { envelopes, mutations } from './envelopes.js';
import { type HostileRequest, hostileRequests, markPattern } from './request.js';
import { shapes } from './shapes.js';
import { values } from './values.js';

const requestCount = 10_000;
const seed = 'hostile 1';
const connections = 8;

/** What the heap may have grown by after all requests, once it is collected. */
const growthMaxMiB = 64;
/** What the process may hold at any moment above what it held before. */
const peakMaxMiB = 1_024;

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** Sends the request as it is; fetch would put right or refuse some of what is wrong with it. */
function send(url: string, { method, path, headers, body }: HostileRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(new URL(url), { method, path, headers: { ...headers } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          type: response.headers['content-type'] ?? '',
          text: Buffer.concat(chunks).toString(),
        }),
      );
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}

const answered = z.object({
  errors: z
    .array(z.object({ message: z.string().min(1), extensions: z.object({ code: z.enum(errorCodes) }) }))
    .nonempty()
    .optional(),
});

/** Words that only our insides would say. */
const insides =
  /\bat \S+ \(|node_modules|\.ts:\d+|\.js:\d+|fact_sales|dim_product|dim_customer|prisma|kysely|syntax error at or near|pg_catalog/i;

/** What is wrong with an answer, or undefined. */
function fault({ status, type, text }: Answer, sent: HostileRequest): string | undefined {
  if (status < 200 || status >= 500) return `status ${status}`;
  if (/"code":\s*"INTERNAL"/.test(text)) return `INTERNAL: ${text.slice(0, 300)}`;
  // Streams of events, the page, health and empty answers hold no single JSON document.
  if (!type.includes('json') || text === '' || sent.path.startsWith('/healthz')) return undefined;
  const { errors = [] } = answered.parse(JSON.parse(text));
  for (const { message } of errors) {
    // What the caller wrote may be quoted; what it did not write must not appear.
    const said = insides.exec(message)?.[0];
    if (said !== undefined && !(sent.body?.includes(said) ?? false)) return `says ${said}: ${message}`;
  }
  return undefined;
}

/** A name that the caller chose for a part of the answer: nothing but letters, digits and underscores, as a JSON key. */
const responseKey = /"[_A-Za-z][_0-9A-Za-z]*":/g;

/** Every statement text that goes to PostgreSQL through pg, whoever sends it. */
function recordStatements(): { readonly texts: Map<string, number>; stop(): void } {
  const texts = new Map<string, number>();
  const plain = pg.Client.prototype.query;
  const spy = vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (
    this: pg.Client,
    ...args: unknown[]
  ) {
    const [first] = args;
    const text =
      typeof first === 'string' ? first : z.object({ text: z.string() }).safeParse(first).data?.text;
    if (text !== undefined) texts.set(text, (texts.get(text) ?? 0) + 1);
    return Reflect.apply(plain, this, args);
  });
  return { texts, stop: () => spy.mockRestore() };
}

setFlagsFromString('--expose-gc');
const collectGarbage = z.function().parse(runInNewContext('gc'));

function heapMiB(): number {
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().heapUsed / 2 ** 20;
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
    const families = {
      ...shapes,
      ...values,
      ...envelopes,
      mutations: mutations(readOperations().map(({ text }) => text)),
    };
    const queue = hostileRequests(families, requestCount, seed);
    const statements = recordStatements();
    const faults: string[] = [];
    const statuses = new Map<string, number>();
    const heapBefore = heapMiB();
    const residentBefore = process.memoryUsage().rss / 2 ** 20;
    let peak = 0;

    async function work(): Promise<void> {
      for (const sent of queue) {
        const answer = await send(gateway.url, sent).catch((error: Error) => ({
          status: -1,
          type: '',
          text: error.message,
        }));
        const wrong = answer.status === -1 ? answer.text : fault(answer, sent);
        if (wrong !== undefined)
          faults.push(
            `${sent.family}: ${wrong}\n${sent.method} ${sent.path.slice(0, 200)} ${sent.body?.toString().slice(0, 300)}`,
          );
        const key = `${sent.family} ${answer.status}`;
        statuses.set(key, (statuses.get(key) ?? 0) + 1);
        peak = Math.max(peak, process.memoryUsage().rss / 2 ** 20 - residentBefore);
      }
    }
    await Promise.all(Array.from({ length: connections }, work));
    statements.stop();
    const grown = heapMiB() - heapBefore;

    const sales = await database.pool.query('SELECT count(*)::int AS count FROM fact_sales');
    const foreign = [...statements.texts.keys()].filter((text) =>
      markPattern.test(text.replace(responseKey, '')),
    );
    const unknown = [...statements.texts.keys()].filter(
      (text) => !/^\s*(SELECT|WITH|BEGIN|COMMIT|ROLLBACK|SET|DISCARD|DEALLOCATE)\b/i.test(text),
    );
    expect({ faults, foreign, unknown }).toEqual({ faults: [], foreign: [], unknown: [] });
    expect([...statuses.values()].reduce((sum, count) => sum + count, 0)).toBe(requestCount);
    // Without these the test would prove nothing: some requests went through, some reached the database.
    expect([...statuses].filter(([key]) => key.endsWith(' 200')).length).toBeGreaterThan(5);
    expect(statements.texts.size).toBeGreaterThan(50);
    expect(sales.rows).toEqual([{ count: smallShop.sales }]);
    expect(grown).toBeLessThan(growthMaxMiB);
    expect(peak).toBeLessThan(peakMaxMiB);
    console.log(
      `${requestCount} requests, ${statements.texts.size} distinct statements, heap grown by ${grown.toFixed(0)} MiB, peak ${peak.toFixed(0)} MiB above the start`,
    );
  });

  it('and the gateway still answers afterwards', async () => {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{sales(first:1){totalCount}}' }),
    });
    expect(await response.json()).toEqual({ data: { sales: { totalCount: smallShop.sales } } });
  });
});
