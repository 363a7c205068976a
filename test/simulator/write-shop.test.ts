import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type WriteShopOptions, type WriteShopProgress, writeShop } from '../../src/simulator/write-shop.js';
import { until } from './history.js';

const named = z.object({ code: z.string(), name: z.string().min(1) });
const productRecord = named.extend({ category: z.string(), description: z.string().min(40) });
const customerRecord = named.extend({ region: z.string() });
const saleRecord = z.strictObject({
  invoice: z.string(),
  kind: z.enum(['SALE', 'RETURN', 'ADJUSTMENT']),
  sold_at: z.iso.datetime(),
  customer: z.string().nullable(),
  region: z.string(),
  line: z.int().min(1),
  product: z.string(),
  quantity: z.int(),
  unit_price: z.number(),
});
const stockRecord = z.strictObject({
  product: z.string(),
  quantity: z.int().min(0),
  counted_at: z.iso.datetime(),
});

let root: string;
let places = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'flywheel-shop-'));
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

const smallShop = { seed: 7, until, customers: 250, products: 60, years: 1 };

async function writeAnywhere(options: Omit<WriteShopOptions, 'directory'>): Promise<string> {
  places += 1;
  const directory = join(root, `shop-${places}`);
  await writeShop({ ...options, directory });
  return directory;
}

async function digests(directory: string): Promise<Record<string, string>> {
  const names = (await readdir(directory)).sort();
  const entries = names.map(async (name) => {
    const bytes = await readFile(join(directory, name));
    return [name, createHash('sha256').update(bytes).digest('hex')] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function records<T>(directory: string, file: string, schema: z.ZodType<T>): Promise<T[]> {
  const text = await readFile(join(directory, `${file}.jsonl`), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => schema.parse(JSON.parse(line)));
}

describe('the same options', () => {
  it('give the same bytes, in files whose names are all known', async () => {
    const first = await digests(await writeAnywhere(smallShop));
    expect(await digests(await writeAnywhere(smallShop))).toEqual(first);
    expect(Object.keys(first)).toEqual(
      ['customers', 'products', 'sales', 'stock'].flatMap((name) => [`${name}.jsonl`, `${name}.map.json`]),
    );
  });

  it('but for the seed give other people, products and sales', async () => {
    const one = await digests(await writeAnywhere(smallShop));
    const other = await digests(await writeAnywhere({ ...smallShop, seed: 8 }));
    for (const file of ['customers.jsonl', 'products.jsonl', 'sales.jsonl', 'stock.jsonl']) {
      expect(other[file]).not.toBe(one[file]);
    }
  });

  it('but for a later hour of the same day only add sales', async () => {
    const earlier = await writeAnywhere({ ...smallShop, until: new Date('2026-03-18T01:00:00Z') });
    const later = await writeAnywhere({ ...smallShop, until: new Date('2026-03-18T23:59:59Z') });
    const [before, after] = await Promise.all(
      [earlier, later].map((directory) => readFile(join(directory, 'sales.jsonl'), 'utf8')),
    );
    expect(after?.startsWith(before ?? 'nothing')).toBe(true);
    expect(after?.length).toBeGreaterThan(before?.length ?? Number.POSITIVE_INFINITY);
    const [known, same] = await Promise.all([digests(earlier), digests(later)]);
    expect(same['customers.jsonl']).toBe(known['customers.jsonl']);
  });
});

describe('a shop of the usual size', () => {
  let directory: string;
  let sales: z.infer<typeof saleRecord>[];
  const progress: WriteShopProgress[] = [];
  beforeAll(async () => {
    directory = await writeAnywhere({
      seed: 1,
      until,
      customers: 5_000,
      products: 500,
      years: 2,
      onProgress: (step) => progress.push(step),
    });
    sales = await records(directory, 'sales', saleRecord);
  }, 180_000);

  it('has at most 300,000 lines, all of them within two years and before the end', () => {
    expect(sales.length).toBeGreaterThan(180_000);
    expect(sales.length).toBeLessThanOrEqual(300_000);
    const times = sales.map((sale) => Date.parse(sale.sold_at));
    const first = times.reduce((earliest, time) => Math.min(earliest, time));
    const last = times.reduce((latest, time) => Math.max(latest, time));
    expect(first).toBeGreaterThanOrEqual(Date.parse('2024-03-17T00:00:00Z'));
    expect(first).toBeLessThan(Date.parse('2024-03-19T00:00:00Z'));
    expect(last).toBeLessThan(until.getTime());
    expect(last).toBeGreaterThan(until.getTime() - 3_600_000);
  });

  it('has unique codes, and names no product or customer that its other files lack', async () => {
    const products = await records(directory, 'products', productRecord);
    const customers = await records(directory, 'customers', customerRecord);
    const stock = await records(directory, 'stock', stockRecord);
    const productCodes = new Set(products.map((product) => product.code));
    const customerCodes = new Set(customers.map((customer) => customer.code));
    expect([productCodes.size, customerCodes.size]).toEqual([500, 5_000]);
    expect(sales.filter((sale) => !productCodes.has(sale.product))).toEqual([]);
    expect(sales.filter((sale) => sale.customer !== null && !customerCodes.has(sale.customer))).toEqual([]);
    expect(new Set(stock.map((level) => level.product)).size).toBe(stock.length);
    expect(stock.filter((level) => !productCodes.has(level.product))).toEqual([]);
    // Nearly everybody buys at least once: accounts without a purchase are the exception.
    const buyers = new Set(sales.map((sale) => sale.customer)).size;
    expect(buyers).toBeGreaterThan(4_500);
    expect(buyers).toBeLessThan(5_000);
  });

  it('counts the lines of each invoice from 1, and signs quantities and prices by kind', () => {
    const lines = new Map<string, number>();
    const outOfPlace = sales.filter((sale) => {
      const next = (lines.get(sale.invoice) ?? 0) + 1;
      lines.set(sale.invoice, next);
      return sale.line !== next;
    });
    expect(outOfPlace).toEqual([]);
    const wrongSigns = sales.filter(
      ({ kind, quantity, unit_price }) =>
        quantity > 0 !== (kind !== 'RETURN') || unit_price > 0 !== (kind !== 'ADJUSTMENT'),
    );
    expect(wrongSigns).toEqual([]);
  });

  it('tells how far it is, file by file, ending with the number of records', () => {
    expect([...new Set(progress.map((step) => step.file))]).toEqual([
      'products',
      'customers',
      'sales',
      'stock',
    ]);
    expect(progress.filter((step) => step.file === 'sales').at(-1)?.records).toBe(sales.length);
    expect(progress.filter((step) => step.file === 'sales').length).toBeGreaterThan(100);
  });
});

describe('what cannot be written', () => {
  it('is refused with one sentence when a size is out of bounds', async () => {
    const write = (change: Partial<WriteShopOptions>) =>
      writeShop({ ...smallShop, directory: root, ...change });
    await expect(write({ customers: 0 })).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: 'customers must be a whole number from 1 to 50000; it is 0.',
    });
    await expect(write({ products: 20.5 })).rejects.toMatchObject({ code: 'BAD_INPUT' });
    await expect(write({ years: Number.NaN })).rejects.toMatchObject({ code: 'BAD_INPUT' });
    await expect(write({ until: new Date('never') })).rejects.toMatchObject({ code: 'BAD_INPUT' });
  });

  it('says so when the directory is a file', async () => {
    const directory = join(root, 'a-file');
    await writeFile(directory, 'not a directory');
    const failure = writeShop({ ...smallShop, directory });
    await expect(failure).rejects.toMatchObject({ code: 'BAD_INPUT' });
    await expect(failure).rejects.toThrow(/could not be written to .*a-file/);
  });

  it('makes every directory above that is missing, and fails where none can be made', async () => {
    const directory = join(root, 'one', 'two', 'three');
    await writeShop({ ...smallShop, directory });
    expect(await readdir(directory)).toHaveLength(8);
    const failure = writeShop({ ...smallShop, directory: join('/dev/null', 'shop') });
    await expect(failure).rejects.toMatchObject({ code: 'BAD_INPUT' });
  });

  it.runIf(existsSync('/proc'))('fails at once in a file system that knows no new directories', async () => {
    await expect(writeShop({ ...smallShop, directory: '/proc/shop' })).rejects.toMatchObject({
      code: 'BAD_INPUT',
    });
  });

  it('leaves no file under its name before it is whole', async () => {
    const directory = join(root, 'stopped');
    const stopped = writeShop({
      ...smallShop,
      directory,
      onProgress: ({ file, records: count }) => {
        if (file === 'sales' && count > 1_000) throw new RangeError('stopped by the test');
      },
    });
    await expect(stopped).rejects.toThrow('stopped by the test');
    expect((await readdir(directory)).filter((name) => basename(name).startsWith('sales'))).toEqual([
      'sales.jsonl.partial',
    ]);
  });
});
