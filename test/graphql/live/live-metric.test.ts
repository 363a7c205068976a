// Holds that a subscription to a metric gives the state, then every change, by every transport, with no gap and no repeat.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../../support/gateway.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { type Follower, follow, type Update, ways } from './clients.js';
import { openResults, type Results } from './results.js';

let database: TestDatabase;
let gateway: Gateway;
let results: Results;
const followers: Follower<Update>[] = [];

beforeAll(async () => {
  database = await createTestDatabase({ poolSize: 10 });
  gateway = await startGateway(database);
  results = openResults(database);
});

afterAll(async () => {
  await results.close();
  await gateway.close();
  await database.close();
});

afterEach(async () => {
  await Promise.all(followers.splice(0).map((follower) => follower.stop()));
});

function following(...args: Parameters<typeof follow> | []): Follower<Update> {
  const [url = gateway.url, variables, way] = args;
  const follower = follow(url, variables, way);
  followers.push(follower);
  return follower;
}

/** Value and revision of what came. */
function seen({ received }: Follower<Update>): string[] {
  return received.map(
    ({ keys, value, revision }) => `${keys.map((key) => key.value).join()} ${value} r${revision}`,
  );
}

async function until(follower: Follower<Update>, count: number): Promise<void> {
  await expect.poll(() => follower.ended ?? follower.received.length, { timeout: 10_000 }).toBe(count);
}

describe.each(Object.keys(ways))('liveMetric over %s', (way) => {
  it('gives the newest windows as they are, then each change', async () => {
    const cut = 'Event/HOUR/EVENT_TYPE';
    const key = [way];
    for (const minute of [0, 1, 2])
      await results.publish({ cut, minute, key, value: minute, final: minute < 2 });
    const variables = { every: 'HOUR', by: ['EVENT_TYPE'], filter: { eventType: { equals: way } } };
    const follower = following(gateway.url, variables, way);
    await until(follower, 2);
    expect(seen(follower)).toEqual([`${way} 1 r1`, `${way} 2 r1`]);
    await results.publish({ cut, minute: 2, key: ['another'], value: 7 });
    await results.publish(
      { cut, minute: 2, key, value: 20 },
      { cut, minute: 2, key, value: 21, final: true },
    );
    await results.repeat(2);
    await results.publish({ cut, minute: 3, key, value: 3 });
    await until(follower, 5);
    expect(seen(follower).slice(2)).toEqual([`${way} 20 r2`, `${way} 21 r3`, `${way} 3 r1`]);
    expect(follower.received.map(({ final }) => final)).toEqual([true, false, false, true, false]);
  });

  it('says when more distinct members came than are counted', async () => {
    const key = [`too many by ${way}`];
    await results.publish({ cut: 'Event/DAY/EVENT_TYPE', minute: 0, key, value: 0, refused: true });
    const filter = { eventType: { equals: key[0] } };
    const follower = following(gateway.url, { every: 'DAY', by: ['EVENT_TYPE'], filter }, way);
    await expect.poll(() => follower.ended).toBeTruthy();
    expect(follower.ended).toMatchObject([
      {
        message: expect.stringMatching(/^EVENTS counts at most 1,000,000 different ones in a window/),
        extensions: { code: 'LIMIT_EXCEEDED', limit: 1_000_000 },
      },
    ]);
  });

  it('says what is wrong with what it is asked', async () => {
    const follower = following(gateway.url, { every: 'SECOND', by: ['CUSTOMER'] }, way);
    await expect.poll(() => follower.ended).toBeTruthy();
    expect(JSON.stringify(follower.ended)).toMatch(
      /EVENTS is not kept live every SECOND by CUSTOMER; it is kept/,
    );
  });
});
