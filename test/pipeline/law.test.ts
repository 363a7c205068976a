// The law of live windows holds whatever comes, in whatever order, through whichever pipeline, and beside files.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { definitions } from '../../src/metrics/definitions.js';
import { createRestater } from '../../src/metrics/restate.js';
import { catalogue } from '../../src/warehouse/catalogue.js';
import { loadFile } from '../../src/warehouse/load/load-file.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { expectLaw } from './live-law.js';
import { openLiveShop } from './live-shop.js';

/** Shortly before a midnight of this week, so that windows of every length are kept and several of each are met. */
const baseMs = Math.floor(Date.now() / 86_400_000 - 1) * 86_400_000 - 120_000;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'flywheel-law-'));
});
afterAll(() => rm(directory, { recursive: true }));

const time = (atMs: number) => new Date(baseMs + atMs).toISOString();

/** Event times wander forward, and some come late, some very late, some from the hour before. */
const atMs = fc.oneof(
  { weight: 6, arbitrary: fc.record({ back: fc.nat(2_000) }) },
  { weight: 2, arbitrary: fc.record({ back: fc.integer({ min: 2_000, max: 90_000 }) }) },
  { weight: 1, arbitrary: fc.record({ back: fc.integer({ min: 90_000, max: 8_000_000 }) }) },
);

const behaviour = fc.record({
  kind: fc.constant('behaviour' as const),
  at: atMs,
  event: fc.constantFrom('view', 'view', 'click', 'purchase', 'return', 'rating'),
  user: fc.option(fc.constantFrom('1', '2', '3', 'Ä"4'), { freq: 4 }),
  item: fc.constantFrom('101', '102', 'b"ö'),
  /** A few ids only, so that events repeat, in one partition and across them. */
  id: fc.nat(60),
  order: fc.nat(6),
  region: fc.option(fc.constantFrom('France', 'Île'), { freq: 2 }),
  quantity: fc.integer({ min: 1, max: 5 }),
  cents: fc.option(fc.integer({ min: 1, max: 99_999 }), { freq: 5 }),
});
const measurement = fc.record({
  kind: fc.constant('measurement' as const),
  at: atMs,
  id: fc.nat(60),
  device: fc.option(fc.constantFrom('left', 'right'), { freq: 2 }),
  millionths: fc.integer({ min: -5_000_000, max: 5_000_000 }),
});
type Of<A> = A extends fc.Arbitrary<infer T> ? T : never;
type Drawn = Of<typeof behaviour> | Of<typeof measurement>;

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      does: fc.constant('feed' as const),
      place: fc.nat(1),
      forwardMs: fc.integer({ min: 0, max: 50_000 }),
      values: fc.array(fc.oneof(behaviour, behaviour, behaviour, measurement), {
        minLength: 1,
        maxLength: 12,
      }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('look' as const), idle: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('restart' as const) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('replay' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('load' as const),
      /** A source of the streams, or one of its own. */
      source: fc.constantFrom('shop', 'user-behavior'),
      sales: fc.array(behaviour, { minLength: 1, maxLength: 6 }),
    }),
  },
);

function recordOf(drawn: Drawn, nowMs: number): object {
  const at = time(nowMs - drawn.at.back);
  if (drawn.kind === 'measurement') {
    const { id, device, millionths } = drawn;
    const value = `${millionths / 1_000_000}`;
    return { event_id: id, event_time: at, value: Number(value), ...(device ? { device } : {}) };
  }
  const { event, user, item, id, order, region, quantity, cents } = drawn;
  return {
    id: `e${id}`,
    event,
    timestamp: at,
    item_id: item,
    ...(user ? { user_id: user } : {}),
    ...(region ? { region } : {}),
    ...(event === 'purchase' || event === 'return'
      ? { order_id: `o${order}`, quantity, ...(cents ? { price: cents / 100 } : {}) }
      : {}),
  };
}

const mapping = (source: string) => ({
  model: 'Sale',
  source,
  fields: {
    invoice: 'sale',
    product: 'product',
    customer: 'customer',
    region: 'region',
    quantity: 'quantity',
    unitPrice: 'price',
    soldAt: 'date',
  },
});

async function run(database: TestDatabase, steps: readonly Of<typeof step>[]): Promise<void> {
  const shop = await openLiveShop(database, { latenessMs: 2_000, graceMs: 20_000 });
  const restater = createRestater({ catalogue, definitions });
  await restater.settle(database);
  const fed: { place: number; values: object[] }[] = [];
  let nowMs = 0;
  let files = 0;

  for (const item of steps) {
    switch (item.does) {
      case 'feed': {
        nowMs += item.forwardMs;
        const values = item.values.map((drawn) => recordOf(drawn, nowMs));
        fed.push({ place: item.place, values });
        await shop.feed(item.place, values);
        break;
      }
      case 'look':
        if (item.idle) await shop.age(5_000);
        await shop.look(item.idle ? 1_000 : 0);
        break;
      case 'restart':
        shop.restart();
        break;
      case 'replay':
        for (const { place, values } of fed.slice(-3)) await shop.feed(place, values);
        break;
      case 'load': {
        files += 1;
        const file = join(directory, `${process.pid}-${files}.jsonl`);
        const lines = item.sales.map((sale) =>
          JSON.stringify({
            sale: `o${sale.order}`,
            product: sale.item,
            customer: sale.user,
            region: sale.region,
            quantity: sale.quantity,
            price: (sale.cents ?? 100) / 100,
            date: time(nowMs - sale.at.back),
          }),
        );
        await writeFile(file, `${lines.join('\n')}\n`);
        await loadFile({ database, file, mapping: mapping(item.source), follower: restater });
        break;
      }
    }
  }
  await shop.look();
  expect(await expectLaw(database)).toBeGreaterThan(0);
}

describe('the law of live windows', () => {
  it('holds for streams that are out of order, late, doubled and replayed, two writers, restarts and files', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 24 }), async (steps) => {
        fc.pre(steps.some(({ does }) => does === 'feed' || does === 'load'));
        const database = await createTestDatabase();
        try {
          await run(database, steps);
        } finally {
          await database.close();
        }
      }),
      { numRuns: 30, seed: 20_240_909, endOnFailure: true },
    );
  }, 300_000);
});
