// What is read back from the log for those who go on after a cursor.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLiveHistory } from '../../src/metrics/live-history.js';
import { type LogAtHand, openLog } from '../pipeline/running.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';

const topic = 'results';
let database: TestDatabase;
let at: LogAtHand;

beforeAll(async () => {
  database = await createTestDatabase();
  at = openLog(database);
  await at.log.ensureTopics([{ name: topic, partitions: 1 }]);
});
afterAll(async () => {
  await at.close();
  await database.close();
});

it('gives up a log that never comes as far, and serves the next who ask', async () => {
  const [{ topicId } = { topicId: '' }] = await at.log.ends(topic);
  const history = createLiveHistory({
    log: at.log,
    topic,
    recordsMax: 100n,
    patienceMs: 2_500,
    read: () => [],
  });
  await expect(history.between(topicId, 0n, 1n)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await at.log.append(topic, [{ key: null, value: 'x' }]);
  expect(await history.between(topicId, 0n, 1n)).toEqual([]);
  history.close();
});
