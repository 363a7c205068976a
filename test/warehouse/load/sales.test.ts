import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LoadOptions, type LoadSummary, loadFile } from '../../../src/warehouse/load/load-file.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { useTemporaryFiles } from './temporary-files.js';

let database: TestDatabase;
const file = useTemporaryFiles();
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.close());

const fields = {
  invoice: 'invoice',
  product: 'product',
  'product.name': 'name',
  customer: 'customer',
  region: 'region',
  quantity: 'quantity',
  unitPrice: 'price',
  soldAt: 'at',
};
const header = 'invoice,product,name,customer,region,quantity,price,at\n';

async function load(
  name: string,
  source: string,
  lines: string,
  more: Partial<LoadOptions> = {},
): Promise<LoadSummary> {
  const mapping = { model: 'Sale', source, fields };
  return loadFile({ database, file: await file(name, header + lines), mapping, ...more });
}

const rows = async (text: string) => (await database.pool.query(text)).rows;
const factsOf = (source: string) =>
  rows(
    `SELECT id, invoice, line, quantity, amount, arrived_at FROM fact_sales WHERE source = '${source}' ORDER BY id`,
  );

describe('a file of sales', () => {
  const first =
    'A,p1,Pen,c1,France,2,1.50,2024-01-01\nA,p1,Pen,c1,France,2,1.50,2024-01-01\nB,p2,Ink,,France,1,3.00,2024-01-02\n';

  test('goes in, with its products, customers, regions and days', async () => {
    const summary = await load('a.csv', 'shop', first);
    expect(summary).toMatchObject({
      inserted: 3,
      rejected: 0,
      created: { Product: 2, Customer: 1, Region: 1, CalendarDay: 2 },
    });
    expect(await factsOf('shop')).toMatchObject([
      { invoice: 'A', line: 1, amount: '3.0000' },
      { invoice: 'A', line: 2, amount: '3.0000' },
      { invoice: 'B', line: 1, amount: '3.0000' },
    ]);
    expect(await rows('SELECT count(*)::int FROM fact_sales WHERE customer_id IS NULL')).toEqual([
      { count: 1 },
    ]);
    expect(await rows('SELECT id, day::text, iso_week, weekday, quarter FROM dim_date ORDER BY id')).toEqual([
      { id: 20240101, day: '2024-01-01', iso_week: 1, weekday: 1, quarter: 1 },
      { id: 20240102, day: '2024-01-02', iso_week: 1, weekday: 2, quarter: 1 },
    ]);
  });

  test('loaded again changes nothing, not even the ids', async () => {
    const before = await factsOf('shop');
    expect(await load('a.csv', 'shop', first)).toMatchObject({ inserted: 0, deleted: 0, unchanged: 3 });
    expect(await factsOf('shop')).toEqual(before);
  });

  test('corrected replaces the invoices that it contains, as a set, and no other', async () => {
    const before = await factsOf('shop');
    const summary = await load('a2.csv', 'shop', 'A,p1,Pen,c1,Spain,5,1.50,2024-01-03\n');
    expect(summary).toMatchObject({ inserted: 1, deleted: 2, unchanged: 0 });
    const after = await factsOf('shop');
    expect(after).toHaveLength(2);
    expect(after[0]).toEqual(before[2]);
    expect(after[1]).toMatchObject({ invoice: 'A', line: 1, quantity: '5.000' });
    expect(
      await rows(
        `SELECT r.name FROM dim_customer c JOIN dim_region r ON r.id = c.region_id WHERE code = 'c1'`,
      ),
    ).toEqual([{ name: 'Spain' }]);
  });

  test('of another source leaves the invoices of the first alone', async () => {
    const before = await factsOf('shop');
    await load('b.csv', 'other', 'A,p1,Pen,c1,Italy,1,1,2023-01-01\n');
    expect(await factsOf('shop')).toEqual(before);
    expect(await factsOf('other')).toHaveLength(1);
  });

  test('sets the region of a customer by the latest sale, whatever order files come in', async () => {
    // The sale to Italy came later to the warehouse, but was made earlier.
    expect(
      await rows(
        `SELECT r.name FROM dim_customer c JOIN dim_region r ON r.id = c.region_id WHERE code = 'c1'`,
      ),
    ).toEqual([{ name: 'Spain' }]);
  });

  test('gives a product its most frequent name; of equals, the one that sorts first', async () => {
    const nameOf = async (code: string) =>
      (await rows(`SELECT name FROM dim_product WHERE code = '${code}'`))[0]?.name;
    const line = (invoice: number, code: string, name: string) =>
      `${invoice},${code},${name},,France,1,1,2024-01-01\n`;
    await load(
      'n.csv',
      'names',
      line(1, 'n1', 'Zoo') +
        line(2, 'n1', 'Ark') +
        line(3, 'n1', 'Zoo') +
        line(4, 'n2', 'b') +
        line(5, 'n2', 'a') +
        line(6, 'n3', ''),
    );
    expect([await nameOf('n1'), await nameOf('n2'), await nameOf('n3')]).toEqual(['Zoo', 'a', null]);
    // Sources vote together.
    await load('m.csv', 'more-names', line(1, 'n1', 'Ark') + line(2, 'n1', 'Ark'));
    expect(await nameOf('n1')).toBe('Ark');
    // The same file again does not vote twice.
    await load(
      'n.csv',
      'names',
      line(1, 'n1', 'Zoo') +
        line(2, 'n1', 'Ark') +
        line(3, 'n1', 'Zoo') +
        line(4, 'n2', 'b') +
        line(5, 'n2', 'a') +
        line(6, 'n3', ''),
    );
    expect(await nameOf('n1')).toBe('Ark');
  });

  test('keeps codes of its own apart when asked', async () => {
    const path = await file('own.csv', `${header}1,p1,Pen,c1,France,1,1,2024-01-01\n`);
    await loadFile({
      database,
      file: path,
      mapping: { model: 'Sale', source: 'apart', codes: { product: 'own' }, fields },
    });
    expect(
      await rows(`SELECT p.code AS product, c.code AS customer, r.name AS region FROM fact_sales
        JOIN dim_product p ON p.id = product_id JOIN dim_customer c ON c.id = customer_id
        JOIN dim_region r ON r.id = fact_sales.region_id WHERE source = 'apart'`),
    ).toEqual([{ product: 'apart:p1', customer: 'c1', region: 'France' }]);
  });

  test('is tried without a trace by a dry run', async () => {
    const state = () =>
      rows(
        'SELECT (SELECT count(*) FROM fact_sales) f, (SELECT count(*) FROM dim_product) p, (SELECT count(*) FROM load_file) l',
      );
    const before = await state();
    const summary = await load(
      'dry.csv',
      'shop',
      'A,new,New,c9,Mars,1,1,2030-01-01\nbad\n'.repeat(1) +
        'B,p1,Pen,c1,France,1,1,2024-01-01\nC,p1,Pen,c1,France,1,1,2024-01-01\nD,p1,Pen,c1,France,1,1,2024-01-01\n',
      { dryRun: true },
    );
    expect(summary).toMatchObject({
      dryRun: true,
      inserted: 4,
      deleted: 2,
      rejected: 1,
      created: { Product: 1 },
    });
    expect(await state()).toEqual(before);
  });

  test('computes amounts exactly, and a price where only an amount is given', async () => {
    const path = await file('amount.csv', 'id;amount;n\n1;1.234,50;2\n2;10;3\n');
    await loadFile({
      database,
      file: path,
      mapping: {
        model: 'Sale',
        source: 'amounts',
        csv: { delimiter: ';' },
        decimal: ',',
        thousands: '.',
        fields: {
          invoice: 'id',
          amount: 'amount',
          quantity: 'n',
          product: { value: 'x' },
          soldAt: { value: '2024-01-01' },
        },
      },
    });
    expect(
      await rows(`SELECT quantity, unit_price, amount FROM fact_sales WHERE source = 'amounts' ORDER BY id`),
    ).toEqual([
      { quantity: '2.000', unit_price: '617.2500', amount: '1234.5000' },
      { quantity: '3.000', unit_price: '3.3333', amount: '10.0000' },
    ]);
  });

  test('may name the line itself; a line named twice is rejected', async () => {
    const mapping = { model: 'Sale', source: 'lines', fields: { ...fields, line: 'line' } };
    const text = `${header.trim()},line\nA,p1,Pen,c1,France,1,1,2024-01-01,7\nA,p1,Pen,c1,France,2,1,2024-01-01,9\nA,p1,Pen,c1,France,3,1,2024-01-01,8\n${'B,p1,Pen,,France,3,1,2024-01-01,1\n'}`;
    expect(await loadFile({ database, file: await file('l.csv', text), mapping })).toMatchObject({
      inserted: 4,
      rejected: 0,
    });
    const twice = `${text}A,p1,Pen,c1,France,4,1,2024-01-01,8\n`;
    for (const source of ['lines', 'fresh-lines']) {
      const summary = await loadFile({
        database,
        file: await file('l2.csv', twice),
        mapping: { ...mapping, source },
      });
      expect(summary).toMatchObject({
        rows: 4,
        rejected: 1,
        rejects: [{ line: 6, reason: 'key: repeats the key of line 4' }],
      });
      expect((await factsOf(source)).map((row) => [row.line, row.quantity])).toEqual([
        [7, '1.000'],
        [9, '2.000'],
        [8, '3.000'],
        [1, '3.000'],
      ]);
    }
  });
});
