// Holds that a cursor goes on anywhere: on another gateway, after a restart, behind a log that is ahead, or says that it cannot.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeCursor } from '../../../src/metrics/live-cursor.js';
import { type Gateway, startGateway } from '../../support/gateway.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { type Follower, follow, type Update } from './clients.js';
import { openResults, type Results, resultsTopic } from './results.js';

let database: TestDatabase;
let results: Results;
const gateways: Gateway[] = [];
const followers: Follower<Update>[] = [];

beforeEach(async () => {
  database = await createTestDatabase({ poolSize: 10 });
  results = openResults(database);
});

afterEach(async () => {
  for (const follower of followers.splice(0)) await follower.stop();
  await Promise.all(gateways.splice(0).map((gateway) => gateway.close()));
  await results.close();
  await database.close();
});

async function start(): Promise<Gateway> {
  const gateway = await startGateway(database);
  gateways.push(gateway);
  return gateway;
}

function following(gateway: Gateway, variables: Record<string, unknown> = {}): Follower<Update> {
  const follower = follow(gateway.url, variables);
  followers.push(follower);
  return follower;
}

async function values(follower: Follower<Update>, count: number): Promise<(number | null)[]> {
  await expect.poll(() => follower.ended ?? follower.received.length, { timeout: 10_000 }).toBe(count);
  return follower.received.map(({ value }) => value);
}

/** The cursor of the message with that value. */
function cursorAt({ received }: Follower<Update>, value: number | null): string {
  const found = received.find((update) => update.value === value);
  if (found === undefined) throw new Error(`No message has the value ${value}.`);
  return found.cursor;
}

async function sayUpTo(from: number, to: number): Promise<void> {
  for (let value = from; value <= to; value += 1) await results.publish({ minute: 0, value });
}

/** Follows from a state that holds the value 1. */
async function followingFromOne(gateway: Gateway): Promise<Follower<Update>> {
  await sayUpTo(1, 1);
  const follower = following(gateway);
  await values(follower, 1);
  return follower;
}

it('goes on after each message with exactly what followed it, here and on another gateway', async () => {
  const [one, other] = [await start(), await start()];
  const first = await followingFromOne(one);
  await sayUpTo(2, 5);
  await values(first, 5);
  for (const gateway of [one, other]) {
    const resumed = [1, 3, 5].map((value) => following(gateway, { after: cursorAt(first, value) }));
    const [afterOne, afterThree, afterFive] = resumed;
    if (!afterOne || !afterThree || !afterFive) throw new Error('Three follow.');
    expect(await values(afterOne, 4)).toEqual([2, 3, 4, 5]);
    expect(await values(afterThree, 2)).toEqual([4, 5]);
    expect(await values(afterFive, 0)).toEqual([]);
  }
  await sayUpTo(6, 7);
  expect(await values(first, 7)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  for (const follower of followers.slice(1)) {
    await expect.poll(() => follower.received.at(-1)?.value).toBe(7);
    const revisions = follower.received.map(({ revision }) => revision ?? 0);
    const [begin = 0] = revisions;
    expect(revisions).toEqual(revisions.map((_, place) => begin + place));
  }
});

it('goes on after everything was restarted, with what was published meanwhile, and drops what is published again', async () => {
  const first = await followingFromOne(await start());
  await sayUpTo(2, 3);
  await values(first, 3);
  await first.stop();
  await gateways.splice(0)[0]?.close();
  await sayUpTo(4, 5);
  await results.repeat(4);
  await results.publish({ minute: 0, value: 6 });
  const again = await start();
  expect(await values(following(again, { after: cursorAt(first, 3) }), 3)).toEqual([4, 5, 6]);
});

it('drops what is published again of windows that nobody followed when they were published', async () => {
  const gateway = await start();
  const first = await followingFromOne(gateway);
  await sayUpTo(2, 3);
  await values(first, 3);
  await first.stop();
  await sayUpTo(4, 5);
  const resumed = following(gateway, { after: cursorAt(first, 3) });
  await values(resumed, 2);
  await results.repeat(4);
  const fresh = following(gateway);
  await values(fresh, 1);
  await results.repeat(2);
  await sayUpTo(6, 6);
  expect(await values(resumed, 3)).toEqual([4, 5, 6]);
  expect(await values(fresh, 2)).toEqual([5, 6]);
  expect(await values(following(gateway, { after: cursorAt(first, 2) }), 4)).toEqual([3, 4, 5, 6]);
});

it('begins again from the state where the connection was lost in the midst of it', async () => {
  const gateway = await start();
  for (const minute of [0, 1, 2]) await results.publish({ minute, value: minute });
  const first = following(gateway, { last: 2 });
  expect(await values(first, 3)).toEqual([0, 1, 2]);
  expect(await values(following(gateway, { last: 2, after: cursorAt(first, 0) }), 3)).toEqual([0, 1, 2]);
  expect(await values(following(gateway, { last: 2, after: cursorAt(first, 2) }), 0)).toEqual([]);
  // Once something was said since, the state ends with it, and its cursor says all.
  await results.publish({ minute: 1, value: 10 });
  await values(first, 4);
  const later = following(gateway, { last: 2 });
  expect(await values(later, 3)).toEqual([0, 2, 10]);
  expect(await values(following(gateway, { last: 2, after: cursorAt(later, 2) }), 1)).toEqual([10]);
});

it('waits with the state for what is stored but not yet published, so that nothing is said twice', async () => {
  const gateway = await start();
  await results.publish({ minute: 0, value: 1 });
  const publish = await results.store({ minute: 0, value: 2 });
  const follower = following(gateway);
  setTimeout(publish, 200);
  expect(await values(follower, 1)).toEqual([2]);
  await results.publish({ minute: 0, value: 3 });
  expect(await values(follower, 2)).toEqual([2, 3]);
  expect(await values(following(gateway, { after: cursorAt(follower, 2) }), 1)).toEqual([3]);
});

it('tells of a cursor that leads nowhere, once, and gives the state', async () => {
  const gateway = await start();
  await results.publish({ minute: 0, value: 1 });
  const { rows } = await database.pool.query('SELECT id FROM log_topic WHERE name = $1', [resultsTopic]);
  const [{ id: topicId }] = rows;
  const nowhere = [
    'anything',
    writeCursor({ topicId: 'another', offset: 0n }),
    writeCursor({ topicId, offset: 1_000n }),
  ];
  for (const after of nowhere) {
    const follower = following(gateway, { after });
    expect(await values(follower, 2)).toEqual([null, 1]);
    const [notice, state] = follower.received;
    expect(notice?.notice).toMatch(/older than what is kept/);
    expect([notice?.windowStart, notice?.revision, notice?.final]).toEqual([null, null, null]);
    expect(state?.notice).toBeNull();
  }
});

it('reads back from the log what it no longer holds, and says when the log does not hold it either', async () => {
  const before = following(await start());
  await results.publish({ minute: 0, value: 1 });
  await values(before, 1);
  const after = cursorAt(before, 1);
  await gateways.splice(0)[0]?.close();
  for (let round = 0; round < 5; round += 1) {
    await results.publish(
      ...Array.from({ length: 1_000 }, (_, n) => ({ minute: 0, value: 2 + round * 1_000 + n })),
    );
  }
  const gateway = await start();
  const all = following(gateway, { after });
  const received = await values(all, 5_000);
  expect(received).toEqual(Array.from({ length: 5_000 }, (_, n) => n + 2));

  await database.pool.query('DELETE FROM log_entry WHERE place < 2000');
  await database.pool.query(
    'UPDATE log_partition p SET start_offset = 2000 FROM log_topic t WHERE t.id = p.topic_id AND t.name = $1',
    [resultsTopic],
  );
  const next = await start();
  const late = following(next, { after });
  expect(await values(late, 2)).toEqual([null, 5_001]);
});

it('leaves out all but the newest of each window and key where it is asked to', async () => {
  const gateway = await start();
  await results.publish({ minute: 0, value: 1 });
  const follower = following(gateway, { maxPerSecond: 2 });
  await values(follower, 1);
  const sinceMs = performance.now();
  await sayUpTo(2, 30);
  await expect.poll(() => follower.received.at(-1)?.value, { timeout: 5_000 }).toBe(30);
  // The state, and from then on two in each second that it took.
  expect(follower.received.length).toBeLessThanOrEqual(3 + (performance.now() - sinceMs) / 500);
  const resumed = following(gateway, { maxPerSecond: 2, after: cursorAt(follower, 1) });
  await expect.poll(() => resumed.received.at(-1)?.value).toBe(30);
  expect(resumed.received).toHaveLength(1);
});
