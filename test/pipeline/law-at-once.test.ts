// The law of live windows holds when everything happens at once: two pipelines, the closer and files.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRandom } from '../../src/core/random.js';
import { definitions } from '../../src/metrics/definitions.js';
import { createRestater } from '../../src/metrics/restate.js';
import { catalogue } from '../../src/warehouse/catalogue.js';
import { loadFile } from '../../src/warehouse/load/load-file.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { expectLaw } from './live-law.js';
import { openLiveShop } from './live-shop.js';

let database: TestDatabase;
let directory: string;

beforeAll(async () => {
  database = await createTestDatabase({ poolSize: 8 });
  directory = await mkdtemp(join(tmpdir(), 'flywheel-at-once-'));
});
afterAll(async () => {
  await database.close();
  await rm(directory, { recursive: true });
});

const baseMs = Math.floor(Date.now() / 86_400_000 - 1) * 86_400_000;

it('holds for two pipelines, the closer and files at once', async () => {
  const restater = createRestater({ catalogue, definitions });
  await restater.settle(database);
  const shop = await openLiveShop(database, { latenessMs: 1_000, graceMs: 5_000 });

  /** Both partitions bring the same customers and orders, and now and then the same events. */
  async function pipeline(place: number): Promise<void> {
    const random = createRandom(place + 1);
    for (let batch = 0; batch < 30; batch += 1) {
      const values = Array.from({ length: 20 }, (_, index) => ({
        id: random.uniform() < 0.2 ? `shared-${random.integer(200)}` : `${place}-${batch}-${index}`,
        event: ['view', 'click', 'purchase'][random.integer(3)],
        user_id: random.integer(30),
        item_id: random.integer(8),
        order_id: `o${random.integer(80)}`,
        price: random.integer(10_000) / 100,
        timestamp: new Date(baseMs + batch * 2_000 + random.integer(2_000) - random.integer(4) * 3_000),
      }));
      await shop.feed(
        place,
        // Only purchases have orders; elsewhere they would be attributes.
        values.map(({ order_id, price, ...value }) =>
          value.event === 'purchase' ? { ...value, order_id, price } : value,
        ),
      );
    }
  }

  let running = true;
  async function closer(): Promise<void> {
    while (running) await shop.look();
  }

  async function files(): Promise<void> {
    for (let count = 0; count < 8; count += 1) {
      const file = join(directory, `${count}.jsonl`);
      const lines = Array.from({ length: 10 }, (_, index) =>
        JSON.stringify({
          sale: `o${count * 3 + index}`,
          product: String(index % 8),
          amount: index + 0.25,
          date: new Date(baseMs + count * 5_000),
        }),
      );
      await writeFile(file, lines.join('\n'));
      const fields = { invoice: 'sale', product: 'product', amount: 'amount', soldAt: 'date' };
      const source = count % 2 === 0 ? 'user-behavior' : 'shop';
      await loadFile({ database, file, mapping: { model: 'Sale', source, fields }, follower: restater });
    }
  }

  const closing = closer();
  await Promise.all([pipeline(0), pipeline(1), files()]);
  running = false;
  await closing;
  await shop.look();
  expect(await expectLaw(database)).toBeGreaterThan(100);
}, 120_000);
