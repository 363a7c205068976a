// Holds that the feed gives every event that is asked for, by every transport, and goes on after a cursor without gap or repeat.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventLog } from '../../../src/stream/event-log.js';
import { openLog } from '../../pipeline/running.js';
import { type Gateway, startGateway } from '../../support/gateway.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { type Follower, followField, ways } from './clients.js';

interface EventMessage {
  readonly type: string | null;
  readonly id: string | null;
  readonly customer: string | null;
  readonly value: number | null;
  readonly cursor: string;
  readonly notice: string | null;
}

const document = `subscription Feed($filter: EventFeedFilter, $after: String) {
  events(filter: $filter, after: $after) { type id customer value cursor notice }
}`;

let database: TestDatabase;
let gateway: Gateway;
let log: EventLog;
let closeLog: () => Promise<void>;
const followers: Follower<EventMessage>[] = [];

beforeEach(async () => {
  database = await createTestDatabase({ poolSize: 10 });
  gateway = await startGateway(database);
  const opened = openLog(database);
  log = opened.log;
  closeLog = opened.close;
});

afterEach(async () => {
  for (const follower of followers.splice(0)) await follower.stop();
  await closeLog();
  await gateway.close();
  await database.close();
});

function following(
  variables: Record<string, unknown> = {},
  way = 'WebSocket',
  url = gateway.url,
): Follower<EventMessage> {
  const follower = followField(way, url, { query: document, variables }, (data) => {
    const { events }: { events: EventMessage } = JSON.parse(JSON.stringify(data));
    return events;
  });
  followers.push(follower);
  return follower;
}

let count = 0;

async function click(...customers: string[]): Promise<void> {
  await log.append(
    'user-behavior',
    customers.map((customer) => {
      count += 1;
      return { key: customer, value: JSON.stringify({ event: 'click', user_id: customer, id: `e${count}` }) };
    }),
  );
}

async function measure(value: number): Promise<void> {
  await log.append('data_stream', [
    { key: null, value: JSON.stringify({ event_time: 1_700_000_000, value }) },
  ]);
}

async function ids(follower: Follower<EventMessage>, wanted: number): Promise<(string | null)[]> {
  await expect.poll(() => follower.ended ?? follower.received.length, { timeout: 10_000 }).toBe(wanted);
  return follower.received.map(({ id }) => id);
}

/** Sends clicks of a customer of its own until all followers hear them; when it ends, they have heard every one. */
async function isFollowing(...all: readonly Follower<EventMessage>[]): Promise<void> {
  const before = all.map(({ received }) => received.length);
  const patience = { timeout: 10_000 };
  await expect
    .poll(async () => {
      await click('nobody');
      return all.every(({ received }, place) => received.length > (before[place] ?? 0));
    }, patience)
    .toBe(true);
  // The events of one customer keep their order, so nothing comes after this one.
  await click('nobody');
  const last = `e${count}`;
  const isHeard = () => all.every(({ received }) => received.some(({ id }) => id === last));
  await expect.poll(isHeard, patience).toBe(true);
  for (const { received } of all) received.length = 0;
}

describe.each(Object.keys(ways))('events over %s', (way) => {
  it('gives what is asked for, as it arrives', async () => {
    const all = following({}, way);
    await isFollowing(all);
    const one = following({ filter: { customer: { in: ['7', 'nobody'] }, type: { equals: 'click' } } }, way);
    await isFollowing(all, one);
    await click('7', '8');
    await measure(2.5);
    await log.append('user-behavior', [{ key: null, value: 'no event at all' }]);
    await click('7');
    await ids(all, 4);
    expect(all.received.map(({ type }) => type).sort()).toEqual(['click', 'click', 'click', 'measurement']);
    expect(all.received.find(({ type }) => type === 'measurement')?.value).toBe(2.5);
    await ids(one, 2);
    expect(one.received.map(({ customer }) => customer)).toEqual(['7', '7']);
  });
});

it('goes on after a cursor, here, elsewhere, and after a pause, without gap or repeat', async () => {
  const first = following();
  await isFollowing(first);
  const customers = Array.from({ length: 40 }, (_, n) => `c${n % 7}`);
  await click(...customers);
  const all = await ids(first, 40);
  const cursor = first.received[19]?.cursor;
  const rest = all.slice(20);
  await first.stop();
  await click('late');
  rest.push(`e${count}`);

  const other = await startGateway(database);
  try {
    for (const url of [gateway.url, other.url]) {
      const resumed = following({ after: cursor }, 'WebSocket', url);
      expect((await ids(resumed, 21)).sort()).toEqual([...rest].sort());
    }
    await click('later');
    for (const follower of followers.slice(1)) {
      await ids(follower, 22);
      expect(new Set(follower.received.map(({ id }) => id)).size).toBe(22);
    }
  } finally {
    await other.close();
  }
});

it('tells of a cursor that leads nowhere, and goes on from now', async () => {
  await click('1');
  const follower = following({ after: 'anything' });
  await ids(follower, 1);
  expect(follower.received[0]?.notice).toMatch(/older than what the log keeps/);
  await click('2');
  expect(await ids(follower, 2)).toEqual([null, `e${count}`]);
});
