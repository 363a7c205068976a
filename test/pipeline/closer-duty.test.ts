// The closer as a duty: one of several does it, woken by what is written, and another follows when it ends.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLiveTelemetry } from '../../src/core/live-telemetry.js';
import { createLog } from '../../src/core/log.js';
import { createTelemetry } from '../../src/core/telemetry.js';
import { definitions } from '../../src/metrics/definitions.js';
import { type Closer, createCloser } from '../../src/pipeline/closer.js';
import { createListener, type Listener } from '../../src/stream/postgres-listener.js';
import { catalogue } from '../../src/warehouse/catalogue.js';
import { createLeases } from '../../src/warehouse/leases.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { partition } from './feed.js';
import { openLiveShop } from './live-shop.js';

let database: TestDatabase;
let listener: Listener;

beforeAll(async () => {
  database = await createTestDatabase();
  listener = createListener({ url: database.url });
});
afterAll(async () => {
  await listener.close();
  await database.close();
});

const telemetry = createTelemetry();
const live = createLiveTelemetry(telemetry.registry, () => Date.parse('2024-09-09T12:01:00Z'));

function startCloser(holder: string): Closer {
  const closer = createCloser({
    database,
    catalogue,
    definitions,
    leases: createLeases({ url: database.url, holder }),
    notifications: listener,
    telemetry: live,
    logger: createLog({ level: 'silent' }),
    clocks: { group: 'flywheel', topics: [partition.topic], latenessMs: 0, idleMs: 60_000 },
    isSeen: () => true,
    resultsTopic: 'results',
  });
  closer.start();
  return closer;
}

it('is done by one at a time, and goes on with another', async () => {
  const shop = await openLiveShop(database);
  await database.pool.query('DELETE FROM lease');
  const counts = async () => (await shop.messages('Event/ALL/')).map(({ values }) => values.EVENTS);
  const click = { user_id: 1, event: 'click', timestamp: '2024-09-09T12:00:00Z' };
  const first = startCloser('first');
  const second = startCloser('second');
  await shop.feed(0, [click]);
  await expect.poll(counts, { timeout: 20_000 }).toEqual(['1']);
  await first.close();
  await shop.feed(0, [click]);
  await expect.poll(counts, { timeout: 20_000 }).toEqual(['1', '2']);
  await second.close();
  const metrics = await telemetry.render();
  expect(metrics).toMatch(/flywheel_watermark_delay_seconds\{clock="behaviour"\} 60/);
  expect(metrics).toMatch(/flywheel_live_windows_total\{state="early"\} [1-9]/);
});
