// Holds that what the relay sends again is given to nobody twice, wherever the feed finds it.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { definitions } from '../../src/metrics/definitions.js';
import { writeCursor } from '../../src/metrics/live-cursor.js';
import { createLiveFeed, type RunningLiveFeed } from '../../src/metrics/live-feed.js';
import { openResults, type Results, resultsTopic } from '../graphql/live/results.js';
import { type LogAtHand, openLog } from '../pipeline/running.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';

const cut = 'Event/MINUTE/';
let database: TestDatabase;
let results: Results;
let at: LogAtHand;
let feed: RunningLiveFeed;

beforeEach(async () => {
  database = await createTestDatabase();
  results = openResults(database);
  at = openLog(database);
  feed = createLiveFeed({
    log: at.log,
    database,
    definitions,
    resultsTopic,
    // So small that it has let go of what was first published when the rest comes.
    ringSize: 4,
    onFault: (error) => {
      throw error;
    },
  });
  await feed.start();
});

afterEach(async () => {
  await feed.close();
  await at.close();
  await results.close();
  await database.close();
});

async function since(offset: bigint): Promise<(string | null | undefined)[] | undefined> {
  const [range] = await at.log.ends(resultsTopic);
  const updates = await feed.since(writeCursor({ topicId: range?.topicId ?? '', offset }), cut);
  return updates?.map(({ values }) => values.EVENTS);
}

it('leaves out what was published again, also where the first time is older than what it holds', async () => {
  for (let value = 1; value <= 6; value += 1) await results.publish({ minute: 0, value });
  await results.repeat(3);
  await results.publish({ minute: 0, value: 7 }, { minute: 1, value: 8 });
  // The places 1 to 6 are the values, 7 to 9 are 4 to 6 once more, and 10 and 11 are new.
  await expect.poll(() => since(9n)).toEqual(['7', '8']);
  expect(await since(6n)).toEqual(['7', '8']);
  expect(await since(5n)).toEqual(['6', '7', '8']);
  expect(await since(0n)).toEqual(['1', '2', '3', '4', '5', '6', '7', '8']);
  expect(await since(11n)).toEqual([]);
});

it('gives those who begin to follow nothing that was published before', async () => {
  for (let value = 1; value <= 3; value += 1) await results.publish({ minute: 0, value });
  await expect.poll(() => since(0n)).toHaveLength(3);
  const heard: (string | null | undefined)[] = [];
  const { stop } = feed.follow(cut, ({ values }) => heard.push(values.EVENTS));
  await results.repeat(3);
  await results.publish({ minute: 0, value: 4 });
  await expect.poll(() => heard).toEqual(['4']);
  stop();
});
