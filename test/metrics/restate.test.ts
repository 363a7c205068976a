// Restating: files and what was there before become windows too, as far back as windows are kept.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDefinitions } from '../../src/metrics/definition.js';
import { definitions } from '../../src/metrics/definitions.js';
import { createRestater } from '../../src/metrics/restate.js';
import { catalogue } from '../../src/warehouse/catalogue.js';
import { loadFile } from '../../src/warehouse/load/load-file.js';
import { expectLaw } from '../pipeline/live-law.js';
import { type LiveShop, openLiveShop } from '../pipeline/live-shop.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { fillSmallShop } from '../support/small-shop.js';

let database: TestDatabase;
let directory: string;
let shop: LiveShop;
const restater = createRestater({ catalogue, definitions });

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'flywheel-restate-'));
});
afterAll(() => rm(directory, { recursive: true }));
beforeEach(async () => {
  await database?.close();
  database = await createTestDatabase();
  shop = await openLiveShop(database);
});
afterAll(() => database?.close());

const hourMs = 3_600_000;
const nowMs = Math.floor(Date.now() / hourMs) * hourMs - 26 * hourMs;

interface SaleLine {
  readonly sale: string;
  readonly product: string;
  readonly amount: number;
  readonly date: Date;
}

async function load(lines: readonly SaleLine[], more: { dryRun?: boolean } = {}): Promise<void> {
  const file = join(directory, 'sales.jsonl');
  await writeFile(file, lines.map((line) => JSON.stringify(line)).join('\n'));
  const fields = { invoice: 'sale', product: 'product', amount: 'amount', soldAt: 'date' };
  await loadFile({
    database,
    file,
    mapping: { model: 'Sale', source: 'till', fields },
    follower: restater,
    ...more,
  });
}

async function windows(table = 'live_partial'): Promise<Record<string, number>> {
  const { rows } = await sql<{ cut: string; count: string }>`
    SELECT cut, count(*) FROM ${sql.table(table)} GROUP BY cut`.execute(database.kysely);
  return Object.fromEntries(rows.map(({ cut, count }) => [cut, Number(count)]));
}

const line = (sale: string, amount: number, hoursAgo: number): SaleLine => ({
  sale,
  product: 'A',
  amount,
  date: new Date(nowMs - hoursAgo * hourMs),
});

describe('a loaded file', () => {
  it('restates the windows that it touches, and what it takes away again', async () => {
    await load([line('1', 10, 0), line('2', 5, 3)]);
    await shop.look();
    await expectLaw(database);
    const total = async () => (await shop.messages('Sale/ALL/')).at(-1)?.values;
    expect(await total()).toEqual({ REVENUE: '15', UNITS: '2', ORDERS: '2' });
    await load([line('1', 20, 1)]);
    await shop.look();
    await expectLaw(database);
    expect(await total()).toEqual({ REVENUE: '25', UNITS: '2', ORDERS: '2' });
    const emptied = (await shop.messages('Sale/HOUR/')).filter(
      ({ start }) => start === new Date(nowMs).toISOString(),
    );
    expect(emptied.map(({ values }) => [values.REVENUE, values.ORDERS])).toEqual([
      ['10', '1'],
      ['0', '0'],
    ]);
  });

  it('changes only running totals when its facts are older than windows are kept', async () => {
    await load([line('1', 10, 24 * 800), line('2', 5, 24 * 900)]);
    expect(await windows()).toEqual({ 'Sale/ALL/': 1, 'Sale/ALL/PRODUCT': 1, 'Sale/ALL/REGION': 1 });
    await load([line('3', 10, 24 * 30)]);
    expect(await windows()).toMatchObject({ 'Sale/HOUR/': 1, 'Sale/DAY/': 1, 'Sale/DAY/REGION': 1 });
    expect(await windows()).not.toHaveProperty('Sale/MINUTE/');
  });

  it('changes nothing on a dry run', async () => {
    await load([line('1', 10, 0)], { dryRun: true });
    expect(await windows()).toEqual({});
    expect(await windows('live_change')).toEqual({});
  });

  it('meets what the streams bring, an invoice that both have counted once', async () => {
    await load([line('7', 10, 0)]);
    await shop.feed(0, [
      {
        id: 'e1',
        source: 'till',
        event: 'purchase',
        item_id: 'A',
        order_id: '7',
        price: 3,
        timestamp: new Date(nowMs + 1_000),
      },
    ]);
    await shop.look();
    await expectLaw(database);
    expect((await shop.messages('Sale/HOUR/')).at(-1)?.values).toEqual({
      REVENUE: '13',
      UNITS: '2',
      ORDERS: '1',
    });
  });
});

describe('a warehouse with facts from before', () => {
  it('gets its windows once', async () => {
    await fillSmallShop(database.pool);
    await restater.settle(database);
    await shop.look();
    await expectLaw(database);
    expect((await windows())['Sale/ALL/PRODUCT']).toBe(40);
    await sql`DELETE FROM live_partial`.execute(database.kysely);
    await restater.settle(database);
    expect(await windows()).toEqual({});
  });

  it('gets them anew when what is kept live has changed, and their revisions go on', async () => {
    await fillSmallShop(database.pool);
    await restater.settle(database);
    await shop.look();
    const fewer = createDefinitions(
      definitions.metrics.map((metric) => ({
        ...metric,
        live: (metric.live ?? []).filter(({ by }) => metric.name === 'REVENUE' && by.length === 0),
      })),
    );
    await createRestater({ catalogue, definitions: fewer }).settle(database);
    expect(Object.keys(await windows()).every((cut) => /^Sale\/\w+\/$/.test(cut))).toBe(true);
    await (await openLiveShop(database, { definitions: fewer })).look();
    const [first, second] = await shop.messages('Sale/ALL/');
    expect(Object.keys(first?.values ?? {})).toEqual(['REVENUE', 'UNITS', 'ORDERS']);
    expect(second).toMatchObject({ revision: 2, values: { REVENUE: first?.values.REVENUE } });
    expect(Object.keys(await windows('live_window'))).not.toContain('Sale/ALL/PRODUCT');
  });
});
