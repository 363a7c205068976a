import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LoadSummary, loadFile } from '../../../src/warehouse/load/load-file.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { useTemporaryFiles } from './temporary-files.js';

let database: TestDatabase;
const file = useTemporaryFiles();
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.close());

const rows = async (text: string) => (await database.pool.query(text)).rows;
const loadCsv = async (text: string, mapping: unknown): Promise<LoadSummary> =>
  loadFile({ database, file: await file('d.csv', text), mapping });

const products = {
  model: 'Product',
  fields: { code: 'code', name: 'name', category: 'category', description: 'text' },
};
const customers = { model: 'Customer', fields: { code: 'code', name: 'name', region: 'region' } };
const sales = (source: string) => ({
  model: 'Sale',
  source,
  fields: {
    invoice: 'i',
    product: 'p',
    'product.name': 'n',
    customer: 'c',
    region: 'r',
    unitPrice: 'u',
    soldAt: 't',
  },
});
const salesHeader = 'i,p,n,c,r,u,t\n';

describe('files of dimensions', () => {
  test('complete what facts named before them, and facts do not take it back', async () => {
    await loadCsv(`${salesHeader}1,p1,pen,c1,France,2,2024-01-01\n`, sales('s'));
    expect(await rows('SELECT code, name, category FROM dim_product')).toEqual([
      { code: 'p1', name: 'pen', category: null },
    ]);
    const summary = await loadCsv(
      'code,name,category,text\np1,Fountain pen,Desk,Blue\np2,Ink,Desk,\n',
      products,
    );
    expect(summary).toMatchObject({ inserted: 1, updated: 1, unchanged: 0 });
    await loadCsv('code,name,region\nc1,Alice,Spain\n', customers);
    await loadCsv(
      `${salesHeader}2,p1,PEN,c1,Italy,2,2024-02-01\n3,p2,INK,c2,Italy,2,2024-02-01\n`,
      sales('s'),
    );
    expect(await rows('SELECT code, name, category, description FROM dim_product ORDER BY code')).toEqual([
      { code: 'p1', name: 'Fountain pen', category: 'Desk', description: 'Blue' },
      { code: 'p2', name: 'Ink', category: 'Desk', description: null },
    ]);
    expect(
      await rows(
        'SELECT c.code, c.name, r.name AS region FROM dim_customer c JOIN dim_region r ON r.id = region_id ORDER BY 1',
      ),
    ).toEqual([
      { code: 'c1', name: 'Alice', region: 'Spain' },
      { code: 'c2', name: null, region: 'Italy' },
    ]);
  });

  test('wipe nothing by an empty cell, and count the last of several rows', async () => {
    const summary = await loadCsv('code,name,category,text\np1,,Office,\np3,a,,\np3,b,,\n', products);
    expect(summary).toMatchObject({ rows: 3, inserted: 1, updated: 1 });
    expect(
      await rows(`SELECT code, name, category FROM dim_product WHERE code IN ('p1', 'p3') ORDER BY code`),
    ).toEqual([
      { code: 'p1', name: 'Fountain pen', category: 'Office' },
      { code: 'p3', name: 'b', category: null },
    ]);
    expect(await loadCsv('code,name,category,text\np1,,Office,\np3,a,,\np3,b,,\n', products)).toMatchObject({
      inserted: 0,
      updated: 0,
      unchanged: 2,
    });
  });

  test('leave the segment of a customer to the program, and cannot name it', async () => {
    await loadCsv('code,name,region\ns1,Ann,Spain\n', customers);
    await rows(`UPDATE dim_customer SET segment = 'AT_RISK' WHERE code = 's1'`);
    await loadCsv('code,name,region,segment\ns1,Anna,Malta,NEW\ns2,Bea,Malta,NEW\n', customers);
    await loadCsv(`${salesHeader}1,p1,pen,s1,Italy,2,2024-03-01\n`, sales('segments'));
    expect(
      await rows(`SELECT code, name, segment FROM dim_customer WHERE code IN ('s1', 's2') ORDER BY code`),
    ).toEqual([
      { code: 's1', name: 'Anna', segment: 'AT_RISK' },
      { code: 's2', name: 'Bea', segment: null },
    ]);
    const named = { ...customers, fields: { ...customers.fields, segment: 'segment' } };
    await expect(loadCsv('code,name,region,segment\ns1,Ann,Spain,NEW\n', named)).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringContaining(
        'fields.segment: the program works this out itself, from sales and events; leave it out.',
      ),
    });
    const misspelt = { ...customers, fields: { ...customers.fields, segmnt: 'segment' } };
    await expect(loadCsv('code,name,region,segment\ns1,Ann,Spain,NEW\n', misspelt)).rejects.toMatchObject({
      message: expect.stringContaining('Customer has no such field. Fields that are still free: none.'),
    });
  });

  test('meet facts that come after them, with codes of their own', async () => {
    await loadCsv('code,name,category,text\nq1,Lamp,,\n', { ...products, source: 'web', codes: 'own' });
    await loadCsv(`${salesHeader}1,q1,lamp,,Malta,2,2024-01-01\n`, { ...sales('web'), codes: 'own' });
    expect(
      await rows(
        `SELECT code, name FROM dim_product JOIN fact_sales ON product_id = dim_product.id WHERE source = 'web'`,
      ),
    ).toEqual([{ code: 'web:q1', name: 'Lamp' }]);
    expect(await rows(`SELECT name FROM dim_region WHERE name LIKE '%Malta'`)).toEqual([{ name: 'Malta' }]);
  });

  test('of stock levels take the latest count of each product', async () => {
    const stock = {
      model: 'StockLevel',
      timeZone: 'Europe/London',
      dates: 'dd/MM/yyyy HH:mm',
      fields: { product: 'sku', quantity: 'count', countedAt: 'when' },
    };
    await loadCsv('sku,count,when\np1,10,01/07/2024 12:00\nnew,2.5,01/07/2024 12:00\n', stock);
    expect(await loadCsv('sku,count,when\np1,8,02/07/2024 12:00\n', stock)).toMatchObject({
      inserted: 0,
      updated: 1,
    });
    expect(
      await rows(
        'SELECT code, quantity, counted_at FROM stock_level JOIN dim_product ON id = product_id ORDER BY code',
      ),
    ).toEqual([
      { code: 'new', quantity: '2.500', counted_at: new Date('2024-07-01T11:00:00Z') },
      { code: 'p1', quantity: '8.000', counted_at: new Date('2024-07-02T11:00:00Z') },
    ]);
    // A file of the day before changes nothing; of a product that it counts twice, the later moment counts.
    const older = 'sku,count,when\np1,10,01/07/2024 12:00\nnew,7,03/07/2024 12:00\nnew,6,02/07/2024 12:00\n';
    expect(await loadCsv(older, stock)).toMatchObject({ inserted: 0, updated: 1, unchanged: 1 });
    // The same moment again is a correction.
    await loadCsv('sku,count,when\nnew,9,03/07/2024 12:00\n', stock);
    expect(
      await rows('SELECT code, quantity FROM stock_level JOIN dim_product ON id = product_id ORDER BY code'),
    ).toEqual([
      { code: 'new', quantity: '9.000' },
      { code: 'p1', quantity: '8.000' },
    ]);
  });
});
