// How many statements a request leads to, and which indexes they read by.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { fillSmallShop } from '../support/small-shop.js';
import { logStatements, type StatementLog } from '../support/statement-log.js';
import { createTwoPaths, type TwoPaths } from '../support/two-paths.js';

describe('statements', () => {
  let database: TestDatabase;
  let paths: TwoPaths;
  let log: StatementLog;

  beforeAll(async () => {
    database = await createTestDatabase({ poolSize: 1 });
    await fillSmallShop(database.pool);
    log = logStatements(database);
    paths = await createTwoPaths(database);
  });
  afterAll(() => database?.close());

  const nested = (first: number) => `{
    customers(first: ${first}) { totalCount nodes { code
      newest: sales(first: 1) { nodes { product { code sales(first: 2) { nodes { id } } } } }
      oldest: sales(last: 3) { nodes { soldAt } pageInfo { endCursor } }
      returns: sales(first: ${first}, filter: { kind: { equals: RETURN } }) { totalCount aggregate(metrics: [RETURNS]) { value } }
    } } }`;

  for (const first of [1, 10, 100]) {
    it(`is one for a root field of ${first} rows, with one relation under three aliases`, async () => {
      const statements = await log.during(() => paths.planned(nested(first)));
      expect(statements).toHaveLength(1);
    });
  }

  it('is one for each root field, on one snapshot', async () => {
    const query =
      '{ a: products { totalCount } b: sales(first: 3) { nodes { id } } c: node(id: "Product:P1") { id } }';
    const statements = (await log.during(() => paths.planned(query))).map(({ text }) => text);
    expect(statements).toHaveLength(5);
    expect(statements[0]).toBe('begin transaction isolation level repeatable read read only');
    expect(statements[4]).toBe('commit');
  });

  it('counts rows only when the count is asked for', async () => {
    const [plain] = await log.during(() => paths.planned('{ sales { nodes { id } } }'));
    const [counted] = await log.during(() => paths.planned('{ sales { totalCount nodes { id } } }'));
    expect(plain?.text).not.toContain('count(');
    expect(counted?.text).toContain('count(');
  });

  it('holds no value of the request', async () => {
    const query =
      'query ($c: String!, $n: Decimal!) { sales(filter: { product: { code: { equals: $c } }, amount: { gt: $n } }) { totalCount } }';
    const ask = (c: string, n: number) => log.during(() => paths.planned(query, { c, n }));
    const [first] = await ask("'; drop table fact_sales; --", 123.456);
    const [second] = await ask('P1', 7);
    expect(first?.text).toBe(second?.text);
    expect(first?.values).toContain("'; drop table fact_sales; --");
  });

  const indexed: readonly (readonly [query: string, index: string])[] = [
    ['{ sales(first: 5) { nodes { id } } }', 'fact_sales_sold_at_id_idx'],
    [
      '{ sales(first: 5, filter: { soldAt: { gte: "2023-06-01", lt: "2023-06-03" } }) { nodes { id } } }',
      'fact_sales_sold_at_id_idx',
    ],
    ['{ products(first: 5, filter: { code: { gte: "P2" } }) { nodes { code } } }', 'dim_product_code_key'],
    ['{ products(first: 5, orderBy: [{ name: ASC }]) { nodes { code } } }', 'dim_product_name_id_idx'],
    [
      '{ products(first: 5, orderBy: [{ category: DESC }]) { nodes { code } } }',
      'dim_product_category_id_idx',
    ],
    ['{ customers(first: 5, orderBy: [{ name: ASC }]) { nodes { code } } }', 'dim_customer_name_id_idx'],
    ['{ product(code: "P1") { sales(first: 2) { nodes { id } } } }', 'fact_sales_product_id_sold_at_id_idx'],
    ['{ customer(code: "C1") { sales(last: 2) { nodes { id } } } }', 'fact_sales_customer_id_sold_at_id_idx'],
    ['{ node(id: "Sale:shop/1/1") { id } }', 'fact_sales_source_invoice_line_key'],
  ];

  for (const [query, index] of indexed) {
    it(`reads ${query} by ${index}`, async () => {
      const [statement] = await log.during(() => paths.planned(query));
      const client = await database.pool.connect();
      try {
        // The shop is so small that a scan costs next to nothing; the question is whether the index could serve.
        await client.query(
          'begin; set local enable_seqscan = off; set local enable_sort = off; set local enable_bitmapscan = off',
        );
        const { rows } = await client.query(`explain (format json) ${statement?.text}`, [
          ...(statement?.values ?? []),
        ]);
        expect(JSON.stringify(rows)).toContain(`"${index}"`);
      } finally {
        await client.query('rollback');
        client.release();
      }
    });
  }
});
