import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { actShop, type ShopInvoice } from '../../src/simulator/act.js';
import { dayMs } from '../../src/simulator/calendar.js';
import { createShopWorld } from '../../src/simulator/create-world.js';
import { type ShopFile, writeShop } from '../../src/simulator/write-shop.js';
import { type LoadSummary, loadFile } from '../../src/warehouse/load/load-file.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { linesOf, until } from './history.js';

const shop = { seed: 3, until, customers: 900, products: 80, years: 1 };

let database: TestDatabase;
let directory: string;
let files: readonly ShopFile[];
let summaries: readonly LoadSummary[];
let invoices: readonly ShopInvoice[];

async function loadAll(): Promise<LoadSummary[]> {
  const loaded: LoadSummary[] = [];
  for (const { dataFile, mappingFile } of files) {
    const mapping: unknown = JSON.parse(await readFile(mappingFile, 'utf8'));
    loaded.push(await loadFile({ database, file: dataFile, mapping }));
  }
  return loaded;
}

beforeAll(async () => {
  database = await createTestDatabase();
  directory = await mkdtemp(join(tmpdir(), 'flywheel-shop-'));
  ({ files } = await writeShop({ ...shop, directory }));
  summaries = await loadAll();
  const world = createShopWorld(shop);
  invoices = [...actShop(world, world.setting.opensOn * dayMs, until.getTime())];
});
afterAll(async () => {
  await database.close();
  await rm(directory, { recursive: true, force: true });
});

describe('the files of the simulated shop', () => {
  it('are read to the last record, without a single bad one', () => {
    expect(summaries.map(({ model, rows, rejected }) => ({ model, rows, rejected }))).toEqual(
      ['Product', 'Customer', 'Sale', 'StockLevel'].map((model, index) => ({
        model,
        rows: files[index]?.records,
        rejected: 0,
      })),
    );
    expect(summaries.flatMap((summary) => summary.warnings)).toEqual([]);
  });

  it('bring the amounts, units and orders that the people of the shop made, by kind', async () => {
    const { rows } = await sql<{
      kind: string;
      amount: string;
      units: string;
      lines: string;
      invoices: string;
    }>`
      SELECT kind::text, sum(amount)::numeric(15, 2)::text AS amount, sum(quantity)::int::text AS units,
        count(*)::text AS lines, count(DISTINCT invoice)::text AS invoices
      FROM fact_sales WHERE source = 'simulated-shop' GROUP BY kind`.execute(database.kysely);
    const expected = (['SALE', 'RETURN', 'ADJUSTMENT'] as const).map((kind) => {
      const ofKind = invoices.filter((invoice) => invoice.kind === kind);
      const lines = linesOf(ofKind);
      const cents = lines.reduce((sum, line) => sum + line.quantity * line.unitPriceCents, 0);
      const units = lines.reduce((sum, line) => sum + line.quantity, 0);
      return {
        kind,
        amount: (cents / 100).toFixed(2),
        units: String(units),
        lines: String(lines.length),
        invoices: String(ofKind.length),
      };
    });
    expect(rows).toHaveLength(expected.length);
    expect(rows).toEqual(expect.arrayContaining(expected));
  });

  it('say who bought, where and when; a guest stays without a customer', async () => {
    const { rows } = await sql<{
      customers: string;
      guests: string;
      regions: string;
      first: Date;
      last: Date;
    }>`
      SELECT count(DISTINCT customer_id)::text AS customers,
        count(DISTINCT invoice) FILTER (WHERE customer_id IS NULL)::text AS guests,
        count(DISTINCT region_id)::text AS regions, min(sold_at) AS first, max(sold_at) AS last
      FROM fact_sales`.execute(database.kysely);
    const people = new Set(invoices.map((invoice) => invoice.shopper));
    const guests = invoices.filter((invoice) => invoice.shopper.code === null);
    expect(rows[0]).toEqual({
      customers: String([...people].filter((shopper) => shopper.code !== null).length),
      guests: String(guests.length),
      regions: String(new Set([...people].map((shopper) => shopper.region)).size),
      first: new Date(invoices.at(0)?.soldAtMs ?? 0),
      last: new Date(invoices.at(-1)?.soldAtMs ?? 0),
    });
  });

  it('fill in every product, customer and stock level', async () => {
    const { rows } = await sql<{ products: number; customers: number; stock: number }>`
      SELECT
        (SELECT count(*)::int FROM dim_product WHERE name <> '' AND category <> '' AND description <> '') AS products,
        (SELECT count(*)::int FROM dim_customer WHERE name <> '' AND region_id IS NOT NULL) AS customers,
        (SELECT count(*)::int FROM stock_level WHERE counted_at = ${until}) AS stock`.execute(
      database.kysely,
    );
    expect(rows[0]).toEqual({ products: 80, customers: 900, stock: files[3]?.records });
  });

  it('change nothing when they are loaded again', async () => {
    const count = sql<{ lines: string; amount: string }>`
      SELECT count(*)::text AS lines, sum(amount)::text AS amount FROM fact_sales`;
    const before = (await count.execute(database.kysely)).rows;
    await loadAll();
    expect((await count.execute(database.kysely)).rows).toEqual(before);
  });
});
