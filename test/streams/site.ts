// A gateway with its pipeline on a database and topics of their own, and what one may ask it.

import type { ProcessRole } from '../../src/main.js';
import { type Gateway, startGateway } from '../support/gateway.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { ask, type PostAnswer, post, report } from './questions.js';
import { type Subscriber, subscribe } from './subscriber.js';
import type { Topics } from './topics.js';

export interface Site {
  readonly database: TestDatabase;
  readonly topics: Topics;
  /** The address of the door; another one after a restart. */
  url(): string;
  /** Starts another process of it beside. */
  start(...roles: readonly ProcessRole[]): Promise<Gateway>;
  /** Stops every process, and starts one that does everything. */
  restart(): Promise<void>;
  /** Stops every process. */
  stop(): Promise<void>;
  follow(args: string, after?: string): Subscriber;
  /** The data of an answer without errors. */
  ask(query: string, variables?: Readonly<Record<string, unknown>>): Promise<unknown>;
  /** The totals of a report over all times. */
  report(...metrics: readonly string[]): Promise<Readonly<Record<string, number | null>>>;
  post(path: string, body: string, contentType: string): Promise<PostAnswer>;
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

  await start('gateway', 'pipeline');
  return {
    database,
    topics,
    url,
    start,
    post: (path, body, contentType) => post(`${url()}${path}`, body, contentType),
    stop: stopAll,
    async restart() {
      await stopAll();
      await start('gateway', 'pipeline');
    },
    follow(args, after) {
      const subscriber = subscribe(url(), args, after);
      subscribers.push(subscriber);
      return subscriber;
    },
    ask: (query, variables) => ask(url(), query, variables),
    report: (...metrics) => report(url(), ...metrics),
    async close() {
      await Promise.all(subscribers.map((subscriber) => subscriber.stop()));
      await stopAll();
      await topics.close();
      await database.close();
    },
  };
}
