// A gateway with its pipeline on a database and topics of their own, and what one may ask it.

import { z } from 'zod';
import type { ProcessRole } from '../../src/main.js';
import { type Gateway, startGateway } from '../support/gateway.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { type Subscriber, subscribe } from './subscriber.js';
import type { Topics } from './topics.js';

const answer = z.object({ data: z.unknown(), errors: z.array(z.unknown()).optional() });
const totals = z.object({
  report: z.object({ totals: z.array(z.object({ metric: z.string(), value: z.number().nullable() })) }),
});

export interface Site {
  readonly database: TestDatabase;
  readonly topics: Topics;
  /** The address of the door; another one after a restart. */
  url(): string;
  /** Starts another process of it beside. */
  start(...roles: readonly ProcessRole[]): Promise<Gateway>;
  /** Stops every process, and starts one that does everything. */
  restart(): Promise<void>;
  follow(args: string, after?: string): Subscriber;
  /** The data of an answer without errors. */
  ask(query: string, variables?: Readonly<Record<string, unknown>>): Promise<unknown>;
  /** The totals of a report over all times. */
  report(...metrics: readonly string[]): Promise<Readonly<Record<string, number | null>>>;
  post(
    path: string,
    body: string,
    contentType: string,
  ): Promise<{ readonly status: number; readonly body: unknown }>;
  close(): Promise<void>;
}

export interface SiteOptions {
  readonly settings?: Readonly<Record<string, string>>;
}

/** Call `close` in `afterEach` or `afterAll`; it stops the subscribers too. */
export async function openSite(
  openTopics: (database: TestDatabase) => Promise<Topics>,
  { settings = {} }: SiteOptions = {},
): Promise<Site> {
  const database = await createTestDatabase({ poolSize: 10 });
  const topics = await openTopics(database);
  const subscribers: Subscriber[] = [];
  let gateways: Gateway[] = [];
  const url = () => gateways[0]?.url ?? '';

  async function start(...wanted: readonly ProcessRole[]): Promise<Gateway> {
    const gateway = await startGateway(database, { ...topics.settings, ...settings }, wanted);
    gateways.push(gateway);
    return gateway;
  }

  async function stopAll(): Promise<void> {
    await Promise.all(gateways.map((gateway) => gateway.close()));
    gateways = [];
  }

  async function post(path: string, body: string, contentType: string) {
    const response = await fetch(`${url()}${path}`, {
      method: 'POST',
      headers: { 'content-type': contentType },
      body,
    });
    const parsed: unknown = await response.json();
    return { status: response.status, body: parsed };
  }

  async function ask(query: string, variables: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    const { body } = await post('/graphql', JSON.stringify({ query, variables }), 'application/json');
    const { data, errors } = answer.parse(body);
    if (errors !== undefined) throw new Error(JSON.stringify(errors));
    return data;
  }

  await start('gateway', 'pipeline');
  return {
    database,
    topics,
    url,
    start,
    post,
    ask,
    async restart() {
      await stopAll();
      await start('gateway', 'pipeline');
    },
    follow(args, after) {
      const subscriber = subscribe(url(), args, after);
      subscribers.push(subscriber);
      return subscriber;
    },
    async report(...metrics) {
      const data = await ask(`{ report(metrics: [${metrics}]) { totals { metric value } } }`);
      return Object.fromEntries(totals.parse(data).report.totals.map(({ metric, value }) => [metric, value]));
    },
    async close() {
      await Promise.all(subscribers.map((subscriber) => subscriber.stop()));
      await stopAll();
      await topics.close();
      await database.close();
    },
  };
}
