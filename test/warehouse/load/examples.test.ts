import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { projectRoot } from '../../../src/core/project-root.js';
import { loadFile } from '../../../src/warehouse/load/load-file.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database?.close());

async function loadExample(folder: string, name: string): Promise<void> {
  const path = join(projectRoot, 'test', 'examples', folder, name);
  const mapping: unknown = JSON.parse(await readFile(`${path}.map.json`, 'utf8'));
  const summary = await loadFile({ database, file: `${path}.csv`, mapping });
  expect(summary).toMatchObject({ rejected: 0, warnings: [] });
}

// Every order gives the same warehouse: sales before what they name, and after it.
const orders = [
  ['products', 'customers', 'sales'],
  ['sales', 'customers', 'products'],
  ['customers', 'sales', 'products'],
];
test.each(orders)('the shop, loaded as %s, %s, %s', async (...names) => {
  for (const name of names) await loadExample('shop', name);
  const sales = await database.prisma.sale.findMany({
    include: { product: true, customer: { include: { region: true } }, date: true },
  });
  expect(sales).toHaveLength(1);
  expect(sales[0]).toMatchObject({
    invoice: '1',
    line: 1,
    kind: 'SALE',
    source: 'shop',
    soldAt: new Date('2023-09-01T00:00:00Z'),
    product: { code: '1', name: 'Laptop', category: 'Electronics' },
    customer: { code: '1', name: 'Alice', region: { name: 'North America' } },
    date: { id: 20230901, isoWeek: 35, weekday: 5 },
  });
  expect([sales[0]?.quantity, sales[0]?.unitPrice, sales[0]?.amount].map(Number)).toEqual([1, 1200, 1200]);
});

test('the file of two columns gives the total per user', async () => {
  await loadExample('two-columns', 'purchases');
  const { rows } = await database.pool.query(
    'SELECT code, sum(amount) FROM fact_sales JOIN dim_customer ON dim_customer.id = customer_id GROUP BY code ORDER BY code',
  );
  expect(rows).toEqual([
    { code: '12', sum: '42.5000' },
    { code: '3', sum: '12.2500' },
    { code: '7', sum: '100.0000' },
  ]);
});
