// Holds that nothing is decided while the log is silent: the best sellers are shown, without an id, and marked.

import { expect, it } from 'vitest';
import { servicesInThreads, startGateway } from '../support/gateway.js';
import { createTestDatabase } from '../support/postgres.js';
import { ask } from './questions.js';

it('shows the floor while the log does not confirm', { timeout: 60_000 }, async () => {
  const database = await createTestDatabase({ poolSize: 10 });
  const { LEARNING_URL, RECOMMENDATION_URL } = servicesInThreads;
  const settings = { LEARNING_URL, RECOMMENDATION_URL, FLYWHEEL_SERVICE_DEADLINE_MS: '30000' };
  const gateway = await startGateway(database, settings, ['gateway', 'pipeline']);
  const query =
    '{ recommendations(customer: "c1", first: 3, decide: true) { decision arm degraded items { score } } }';
  // Whoever appends waits for the partitions of the topic, as long as somebody else holds them.
  const holder = await database.pool.connect();
  try {
    await holder.query('BEGIN');
    await holder.query(
      "SELECT FROM log_partition JOIN log_topic ON id = topic_id WHERE name = 'flywheel.decisions' FOR UPDATE",
    );
    const silent = await ask(gateway.url, query);
    expect(silent).toEqual({
      recommendations: { decision: null, arm: null, degraded: true, items: expect.any(Array) },
    });
  } finally {
    await holder.query('ROLLBACK');
    holder.release();
    await gateway.close();
    await database.close();
  }
});
