// Holds that a warehouse can be made again from the log and its files: the same facts, outcomes and memories.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { openLog } from '../../src/cli/open-log.js';
import { loadConfig } from '../../src/config.js';
import { createLog } from '../../src/core/log.js';
import { createFollower } from '../../src/main/follow-facts.js';
import { type Replayed, type ReplayOptions, replay } from '../../src/main/replay.js';
import { decodersOf } from '../../src/main/streams.js';
import { createListener } from '../../src/stream/postgres-listener.js';
import { loadFile } from '../../src/warehouse/load/load-file.js';
import { compareWarehouses } from '../../src/warehouse/replay/compare.js';
import { startGateway } from '../support/gateway.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { openSite, type Site } from './site.js';
import { describeOnBothLogs } from './topics.js';
import { at, settle, wheelSettings } from './wheel-site.js';

const settings = {
  ...wheelSettings,
  FLYWHEEL_TOPIC_PARTITIONS: '2',
};

const silent = { step: <T>(_title: string, work: (say: () => void) => Promise<T>) => work(() => undefined) };

const fileOfSales = `invoice,product,customer,quantity,price,at
F1,p1,c1,2,7.5,${at(-90)}
F1,p2,c1,1,3.25,${at(-90)}
F2,p11,c2,4,1.5,${at(3)}
`;
const mapping = {
  model: 'Sale',
  source: 'till',
  fields: {
    invoice: 'invoice',
    product: 'product',
    customer: 'customer',
    quantity: 'quantity',
    unitPrice: 'price',
    soldAt: 'at',
  },
};

interface Shown {
  readonly decision: string;
  readonly items: readonly { readonly product: { readonly code: string } }[];
}

describeOnBothLogs('a replay', (openTopics) => {
  let site: Site | undefined;
  let into: TestDatabase | undefined;
  let folder: string | undefined;
  afterEach(async () => {
    await site?.close();
    await into?.close();
    if (folder !== undefined) await rm(folder, { recursive: true });
    [site, into, folder] = [undefined, undefined, undefined];
  });

  async function send(to: Site, events: readonly object[]): Promise<void> {
    const lines = events.map((event) => JSON.stringify(event)).join('\n');
    expect(await to.post('/events', lines, 'application/x-ndjson')).toMatchObject({ status: 200 });
  }

  /** A shop with events, a file, decisions, and what became of them; its processes have stopped. */
  async function openShop(): Promise<{ readonly shop: Site; readonly file: string }> {
    const shop = await openSite(openTopics, { settings });
    site = shop;
    folder = await mkdtemp(join(tmpdir(), 'replay-'));
    const file = join(folder, 'sales.csv');
    const opening = Array.from({ length: 40 }, (_, place) => ({
      event: 'purchase',
      id: `o${place}`,
      customer_id: `c${place % 6}`,
      product_id: `p${place % 10}`,
      price: 5 + (place % 3),
      timestamp: at(-60 + place),
    }));
    // A product that only the file gives a price is bought without one before, and after.
    const bare = (id: string, minutes: number) => ({
      event: 'purchase',
      id,
      customer_id: 'c4',
      product_id: 'p11',
      timestamp: at(minutes),
    });
    await send(shop, [
      ...opening,
      bare('before', -5),
      { event: 'stock', id: 's', product_id: 'p1', value: 9, timestamp: at(-60) },
    ]);
    await send(shop, [
      { device: 'd', series: 'heat', value: 20.5, id: 'm', timestamp: at(0) },
      { no: 'event' },
    ]);
    await settle(shop);
    await writeFile(file, fileOfSales);
    const follower = createFollower();
    await loadFile({ database: shop.database, file, mapping, follower });
    await send(shop, [bare('after', -4)]);
    const customers = ['c0', 'c1', 'c2', 'c3'];
    const proposalTo = async (code: string | undefined) => {
      const answer = (await shop.ask(
        `{ recommendations(customer: "${code}", first: 3, keepOwned: true, decide: true) { decision items { product { code } } } }`,
      )) as { readonly recommendations: Shown };
      return answer.recommendations;
    };
    const shown: Shown[] = [];
    for (const code of customers) shown.push(await proposalTo(code));
    const productOf = (place: number) => shown[place]?.items[0]?.product.code;
    await send(
      shop,
      shown.map(({ decision }, place) => ({
        event: 'exposure',
        id: `e${place}`,
        customer_id: customers[place],
        decision,
        timestamp: at(place),
      })),
    );
    const answered = [
      { event: 'click', id: 'k', customer_id: 'c0', product_id: productOf(0), timestamp: at(4) },
      { event: 'purchase', id: 'b', customer_id: 'c1', product_id: productOf(1), price: 5, timestamp: at(5) },
      { event: 'click', id: 'u', customer_id: 'c1', decision: 'nobody made it', timestamp: at(5) },
    ];
    await send(shop, [...answered, ...answered]);
    await settle(shop);
    await send(shop, [{ event: 'view', id: 'v', customer_id: 'c5', product_id: 'p1', timestamp: at(60) }]);
    await settle(shop);
    // What was shown last is answered by a file, while its time is not over.
    const last = await proposalTo('c5');
    await send(shop, [
      { event: 'exposure', id: 'e5', customer_id: 'c5', decision: last.decision, timestamp: at(61) },
    ]);
    await settle(shop);
    const answers = join(folder, 'answers.csv');
    const [head] = fileOfSales.split('\n');
    await writeFile(answers, `${head}\nF4,${last.items[0]?.product.code},c5,1,5,${at(62)}\n`);
    await loadFile({ database: shop.database, file: answers, mapping, follower });
    await settle(shop);
    await shop.stop();
    return { shop, file };
  }

  async function replayOf(
    { database, topics }: Site,
    target: TestDatabase,
    more: Partial<Pick<ReplayOptions, 'examples' | 'isPartial'>> = {},
  ): Promise<Replayed> {
    const config = loadConfig({ DATABASE_URL: database.url, ...topics.settings, ...settings });
    const logger = createLog({ level: 'silent' });
    const listener = createListener({ url: database.url });
    const log = openLog({ config, pool: database.pool, url: database.url, listener, logger });
    try {
      const decoders = await decodersOf(config);
      const fixed = { config, source: database, log, decoders, into: target, intoUrl: target.url };
      return await replay({
        ...fixed,
        examples: 'source',
        isPartial: false,
        progress: silent,
        logger,
        ...more,
      });
    } finally {
      await log.close();
      await listener.close();
    }
  }

  const emptyWarehouse = async () => {
    into = await createTestDatabase({ poolSize: 5 });
    return into;
  };

  it('gives the same facts, outcomes and memories, and goes on from there', {
    timeout: 120_000,
  }, async () => {
    const { shop } = await openShop();
    const target = await emptyWarehouse();
    const { files, missing } = await replayOf(shop, target);
    expect({ files, missing }).toEqual({ files: 2, missing: [] });
    const comparisons = await compareWarehouses(shop.database, target, () => undefined);
    const different = comparisons.filter(({ onlyFirst, onlySecond }) => onlyFirst + onlySecond > 0);
    expect(different).toEqual([]);
    // None of them is equal because it is empty.
    expect(comparisons.filter(({ equal }) => equal === 0)).toEqual([]);
    const { rows } = await target.pool.query(
      `SELECT (SELECT count(*)::int FROM fact_sales JOIN dim_product AS product ON product.id = product_id
        WHERE code = 'p11' AND estimated) AS estimated,
        (SELECT count(*)::int FROM fact_decision_slot WHERE bought_at IS NOT NULL) AS bought,
        (SELECT count(*)::int FROM outbox) AS told, (SELECT count(*)::int FROM decision_claim) AS claims`,
    );
    expect(rows).toEqual([{ estimated: 1, bought: 2, told: 0, claims: 6 }]);

    // Whoever compares finds what is not the same.
    await target.pool.query("UPDATE fact_event SET text = 'changed' WHERE event_id = 'k'");
    const changed = await compareWarehouses(shop.database, target, () => undefined);
    expect(changed.find((one) => one.rows === 'events')).toMatchObject({ onlyFirst: 1, onlySecond: 1 });

    const gateway = await startGateway(target, { ...shop.topics.settings, ...settings }, [
      'gateway',
      'pipeline',
    ]);
    try {
      const count = async () =>
        (await target.pool.query("SELECT count(*)::int AS events FROM fact_event WHERE event_id = 'new'"))
          .rows[0]?.events;
      const body = JSON.stringify({ event: 'view', id: 'new', customer_id: 'c5', product_id: 'p1' });
      const headers = { 'content-type': 'application/json' };
      expect((await fetch(`${gateway.url}/events`, { method: 'POST', body, headers })).status).toBe(200);
      while ((await count()) !== 1) await new Promise((resolve) => setTimeout(resolve, 20));
    } finally {
      await gateway.close();
    }
    await expect(replayOf(shop, target)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('is not empty'),
    });
  });

  it('finds the examples anew, and says which file is gone', { timeout: 120_000 }, async () => {
    const { shop, file } = await openShop();
    const target = await emptyWarehouse();
    await writeFile(file, `${fileOfSales}F3,p1,c1,1,1,${at(1)}\n`);
    await expect(replayOf(shop, target)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining(`${file} is not the file any more that was loaded.`),
    });
    await writeFile(file, fileOfSales);
    // Whoever switches learning off takes nothing back that was learned.
    await shop.database.pool.query(`INSERT INTO wheel_switch (action, "on") VALUES ('LEARNING', false)`);
    await replayOf(shop, target, { examples: 'anew' });
    const [before, after] = await Promise.all(
      [shop.database, target].map(async ({ pool }) => {
        const { rows } = await pool.query('SELECT learner, next FROM example_sequence ORDER BY learner');
        const tallies = await pool.query(
          'SELECT policy, day, shown, answered FROM policy_tally ORDER BY policy, day',
        );
        const switches = await pool.query('SELECT action, "on" FROM wheel_switch');
        return { rows, tallies: tallies.rows, switches: switches.rows };
      }),
    );
    expect(before?.rows.length).toBeGreaterThan(2);
    expect(before?.tallies.length).toBeGreaterThan(0);
    expect(after).toEqual(before);
  });

  it('needs the whole log, or to be told that it is partial', { timeout: 120_000 }, async () => {
    const { shop } = await openShop();
    const target = await emptyWarehouse();
    await shop.topics.forget(shop.topics.behaviour);
    await expect(replayOf(shop, target)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(
        /The log keeps the \d+ oldest records of user-behavior[.\w]*\/\d no longer/,
      ),
    });
    const { missing } = await replayOf(shop, target, { isPartial: true });
    expect(missing.length).toBeGreaterThan(0);
  });
});
