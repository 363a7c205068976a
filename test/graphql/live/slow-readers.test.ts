// Holds that readers who are behind get the newest of each window when they read again, and nobody else notices them.

import { Registry } from 'prom-client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDocuments } from '../../../graphql/documents.js';
import { createErrorPresenter } from '../../../graphql/errors.js';
import { createHub, type Hub } from '../../../graphql/hub/hub.js';
import type { Subscription } from '../../../graphql/hub/sink.js';
import { loadSchema } from '../../../graphql/schema.js';
import { systemClock } from '../../../src/core/clock.js';
import { createHubTelemetry } from '../../../src/core/hub-telemetry.js';
import { openScope } from '../../../src/core/scope.js';
import { createDecoder } from '../../../src/events/decode.js';
import { createEventFeed, type EventFeed } from '../../../src/events/event-feed.js';
import { definitions } from '../../../src/metrics/definitions.js';
import { createLiveFeed, type RunningLiveFeed } from '../../../src/metrics/live-feed.js';
import { catalogue } from '../../../src/warehouse/catalogue.js';
import { createReader } from '../../../src/warehouse/read/reader.js';
import { type LogAtHand, openLog } from '../../pipeline/running.js';
import { createTestModelServices } from '../../support/model-services.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { createTestContext, createTestServices } from '../../support/services.js';
import { openResults, type Results, resultsTopic } from './results.js';

let database: TestDatabase;
let results: Results;
let opened: LogAtHand;
let feed: RunningLiveFeed;
let events: EventFeed;
let hub: Hub;
let registry: Registry;
let minute = 0;

beforeAll(async () => {
  database = await createTestDatabase({ poolSize: 10 });
  results = openResults(database);
  opened = openLog(database);
  await opened.log.ensureTopics([{ name: 'user-behavior', partitions: 2 }]);
  const onFault = (error: unknown) => {
    throw error;
  };
  feed = createLiveFeed({ log: opened.log, database, definitions, resultsTopic, onFault });
  await feed.start();
  const decoders = new Map([['user-behavior', createDecoder({ timeZone: 'UTC' })]]);
  events = createEventFeed({ log: opened.log, decoders, onFault });
});

afterAll(async () => {
  await events.close();
  await feed.close();
  await results.close();
  await opened.close();
  await database.close();
});

beforeEach(async () => {
  registry = new Registry();
  minute += 10;
  const telemetry = createHubTelemetry(registry, systemClock);
  const presenter = createErrorPresenter({ onInternal: () => undefined, onError: () => undefined });
  const services = createTestServices(database, createReader({ database, catalogue }));
  const modelServices = createTestModelServices(database);
  hub = createHub({
    schema: await loadSchema(),
    presenter,
    live: feed,
    events,
    decisions: createEventFeed({ log: opened.log, decoders: new Map(), onFault: () => undefined }),
    trainings: services.trainings,
    telemetry,
    contextOf: () => createTestContext(services, modelServices),
    replayPatienceMs: 500,
  });
  telemetry.watchHub(() => hub.state());
});

/** A reader whose pace the test decides. */
class Reader {
  readonly received: { value: number | null; notice: string | null; cursor: string }[] = [];
  isSlow = false;
  ended: unknown;
  subscription: Subscription | undefined;

  async subscribe(query: string, variables: Record<string, unknown> = {}): Promise<this> {
    const documents = createDocuments(await loadSchema(), { tokens: 1_000, depth: 10 });
    const document = documents.parse(query);
    expect(documents.validate(document)).toEqual([]);
    const operation = documents.operation(document, null);
    if (operation === undefined) throw new Error('The document has an operation.');
    this.subscription = hub.subscribe(
      { document, operation, variables, rawVariables: variables, scope: openScope },
      {
        next: ({ payload }) => {
          const { data } = JSON.parse(payload.toString());
          this.received.push(data.liveMetric ?? data.events);
          return !this.isSlow;
        },
        fail: (error) => {
          this.ended = error;
        },
        complete: () => {
          this.ended = null;
        },
      },
    );
    return this;
  }

  wake(): void {
    this.isSlow = false;
    this.subscription?.resume();
  }

  get values(): (number | null)[] {
    return this.received.map(({ value }) => value);
  }
}

const live = (last = 0) =>
  `subscription { liveMetric(metric: EVENTS, every: MINUTE, last: ${last}) { value notice cursor } }`;
const feedQuery = 'subscription { events { value notice cursor } }';

async function metric(name: string): Promise<number> {
  const found = await registry.getSingleMetric(name)?.get();
  return found?.values[0]?.value ?? 0;
}

describe('readers of a metric', () => {
  it('get the newest of each window when they read again, and delay nobody', async () => {
    await results.publish({ minute, value: 1 });
    const quick = await new Reader().subscribe(live());
    const slow = await new Reader().subscribe(live());
    await expect.poll(() => [quick.values, slow.values]).toEqual([[1], [1]]);
    slow.isSlow = true;
    const drafts = Array.from({ length: 50 }, (_, n) => ({ minute: minute + (n % 5), value: 100 + n }));
    await results.publish(...drafts);
    await expect.poll(() => quick.values.length).toBe(51);
    expect(quick.values).toEqual([1, ...drafts.map(({ value }) => value)]);
    // The one that told it to wait, and nothing more.
    expect(slow.values).toEqual([1, 100]);
    expect(await metric('flywheel_subscribers_stalled')).toBe(1);
    expect(await metric('flywheel_subscribers')).toBe(2);
    expect(await metric('flywheel_cohorts')).toBe(1);
    slow.wake();
    expect(slow.values).toEqual([1, 100, 145, 146, 147, 148, 149]);
    expect(await metric('flywheel_subscribers_stalled')).toBe(0);
    expect(await metric('flywheel_subscription_conflated_total')).toBeGreaterThan(30);
    await results.publish({ minute: minute + 4, value: 200 });
    await expect.poll(() => [quick.values.at(-1), slow.values.at(-1)]).toEqual([200, 200]);

    quick.subscription?.stop();
    slow.subscription?.stop();
    expect(hub.state()).toEqual({ cohorts: 0, subscribers: 0 });
    minute += 5;
  });

  it('take what they missed at their own pace, with cursors that are right at any moment', async () => {
    await results.publish({ minute, value: 1 });
    const slow = await new Reader().subscribe(live(3));
    await expect.poll(() => slow.values.at(-1)).toBe(1);
    slow.isSlow = true;
    await results.publish(...[2, 3, 4, 5].map((value) => ({ minute: minute + value, value })));
    await expect.poll(() => slow.values.at(-1)).toBe(2);
    await new Promise((resolve) => setTimeout(resolve, 200));
    slow.subscription?.resume();
    expect(slow.values.slice(-2)).toEqual([2, 3]);
    // It leaves in the midst of what it missed, and goes on elsewhere.
    const after = slow.received.at(-1)?.cursor;
    slow.subscription?.stop();
    const query =
      'subscription ($after: String) { liveMetric(metric: EVENTS, every: MINUTE, after: $after) { value notice cursor } }';
    const resumed = await new Reader().subscribe(query, { after });
    await expect.poll(() => resumed.values).toEqual([4, 5]);
    resumed.subscription?.stop();
    minute += 6;
  });

  it('are told, and given the state, when more has changed than is held for them', async () => {
    await results.publish({ minute, value: 1 });
    const query =
      'subscription { liveMetric(metric: EVENTS, every: ALL, by: [CUSTOMER]) { value notice cursor } }';
    const slow = await new Reader().subscribe(query);
    const quick = await new Reader().subscribe(query);
    const cut = 'Event/ALL/CUSTOMER';
    await results.publish({ cut, minute: undefined, key: ['first'], value: 1 });
    await expect.poll(() => quick.values).toEqual([1]);
    slow.isSlow = true;
    const drafts = Array.from({ length: 10_050 }, (_, n) => ({
      cut,
      minute: undefined,
      key: [`c${n}`],
      value: n,
    }));
    const publish = await results.store(...drafts.slice(0, 5));
    await publish();
    await results.announce(...drafts.slice(5));
    await expect.poll(() => quick.received.length, { timeout: 20_000 }).toBe(10_051);
    slow.wake();
    await expect.poll(() => slow.values.length).toBeGreaterThan(5);
    expect(slow.received[2]?.notice).toMatch(/too slow/);
    expect(slow.received.slice(3).every(({ notice }) => notice === null)).toBe(true);
    expect(await metric('flywheel_subscription_restarts_total')).toBe(1);
    slow.subscription?.stop();
    quick.subscription?.stop();
  });
});

describe('readers of events', () => {
  async function measure(from: number, to: number): Promise<void> {
    const values = Array.from({ length: to - from }, (_, n) => from + n);
    await opened.log.append(
      'user-behavior',
      values.map((value) => ({ key: 'k', value: JSON.stringify({ event: 'rating', user_id: 1, value }) })),
    );
  }

  it('are given what waits for them, and end when too much does, with a cursor that misses nothing', async () => {
    const quick = await new Reader().subscribe(feedQuery);
    const slow = await new Reader().subscribe(feedQuery);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await measure(0, 10);
    await expect.poll(() => [quick.values.length, slow.values.length]).toEqual([10, 10]);
    slow.isSlow = true;
    await measure(10, 500);
    await expect.poll(() => quick.values.length).toBe(500);
    expect(slow.values.length).toBe(11);
    slow.wake();
    expect(slow.values).toEqual(quick.values);

    slow.isSlow = true;
    await measure(500, 2_000);
    await expect.poll(() => quick.values.length).toBe(2_000);
    expect(slow.ended).toBeNull();
    const last = slow.received.at(-1);
    expect(last?.notice).toMatch(/Subscribe again `after` this cursor/);
    const query = 'subscription ($after: String) { events(after: $after) { value notice cursor } }';
    const resumed = await new Reader().subscribe(query, { after: last?.cursor });
    const got = slow.values.length - 1;
    await expect.poll(() => resumed.values.length).toBe(2_000 - got);
    expect(resumed.values[0]).toBe(got);
    expect(await metric('flywheel_subscription_drops_total')).toBe(1);
    quick.subscription?.stop();
    resumed.subscription?.stop();
    expect(hub.state()).toEqual({ cohorts: 0, subscribers: 0 });
  });

  it('keep nobody from what he missed for long', async () => {
    const query = 'subscription ($after: String) { events(after: $after) { value notice cursor } }';
    const first = await new Reader().subscribe(query);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await measure(0, 20);
    await expect.poll(() => first.values.length).toBe(20);
    const after = first.received[0]?.cursor;
    const stalled = Array.from({ length: 12 }, () => new Reader());
    for (const reader of stalled) {
      reader.isSlow = true;
      await reader.subscribe(query, { after });
    }
    const quick = await new Reader().subscribe(query, { after });
    await expect.poll(() => quick.values.length, { timeout: 20_000 }).toBe(19);
    await expect.poll(() => stalled.every(({ ended }) => ended === null), { timeout: 20_000 }).toBe(true);
    // One event and the notice, which leads on from that event.
    expect(stalled.map(({ received }) => received.map(({ value }) => value))).toEqual(
      stalled.map(() => [1, null]),
    );
    expect(stalled[0]?.received[1]).toMatchObject({ cursor: stalled[0]?.received[0]?.cursor });
    first.subscription?.stop();
    quick.subscription?.stop();
    expect(hub.state()).toEqual({ cohorts: 0, subscribers: 0 });
  });
});
