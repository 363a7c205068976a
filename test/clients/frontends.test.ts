// Holds that frontends can build on the API with the tools they have: GraphQL Code Generator and tsc, urql with
// its normalised cache, the Relay compiler. The tools come from the package beside this file.

import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { fillSmallShop } from '../support/small-shop.js';

const folder = import.meta.dirname;
const run = promisify(execFile);

/** Runs a JavaScript program in this folder; a failure shows what it printed. */
async function runNode(...args: string[]): Promise<string> {
  try {
    const { stdout } = await run(process.execPath, args, { cwd: folder });
    return stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = Object(error);
    throw new Error(`${args.join(' ')} failed:\n${stdout}\n${stderr}`, { cause: error });
  }
}

describe('typed documents', { timeout: 120_000 }, () => {
  let database: TestDatabase;
  let gateway: Gateway;

  beforeAll(async () => {
    database = await createTestDatabase();
    await fillSmallShop(database.pool);
    gateway = await startGateway(database);
    await runNode('generate.mjs');
  }, 120_000);

  afterAll(async () => {
    await gateway?.close();
    await database?.close();
  });

  async function openFrontend() {
    const { createFrontend } = await import('./frontend.js');
    return createFrontend(`${gateway.url}/graphql`);
  }

  it('are generated from graphql/operations, and a frontend on them compiles', async () => {
    await runNode(join('..', '..', 'node_modules', 'typescript', 'bin', 'tsc'), '--project', '.');
  });

  it('page through the newest sales in order, without gap or repeat', async () => {
    const frontend = await openFrontend();
    const shown = await frontend.newestSales(7, 5);
    const { rows } = await database.pool.query(
      `SELECT to_char(s.sold_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || ' ' || coalesce(p.name, p.code) AS text
       FROM fact_sales s JOIN dim_product p ON p.id = s.product_id ORDER BY s.sold_at DESC LIMIT 35`,
    );
    expect(shown.map(({ text }) => text)).toEqual(rows.map(({ text }) => text));
    expect(new Set(shown.map(({ id }) => id)).size).toBe(35);
  });

  it('read customers of a region with what they bought last', async () => {
    const frontend = await openFrontend();
    const customers = await frontend.customersOf('Germany');
    const { rows } = await database.pool.query(
      `SELECT c.code, (SELECT p.code FROM fact_sales s JOIN dim_product p ON p.id = s.product_id
                       WHERE s.customer_id = c.id ORDER BY s.sold_at DESC LIMIT 1) AS bought
       FROM dim_customer c JOIN dim_region r ON r.id = c.region_id WHERE r.name = 'Germany' ORDER BY c.code LIMIT 10`,
    );
    expect(customers).toEqual(rows.map(({ code, bought }) => ({ code, bought: bought ?? undefined })));
  });

  it('search products, whatever the case', async () => {
    const frontend = await openFrontend();
    const { rows } = await database.pool.query(
      `SELECT name FROM dim_product WHERE name ILIKE '%jürgen%' ORDER BY code LIMIT 10`,
    );
    expect(rows.length).toBeGreaterThan(3);
    expect(await frontend.productsCalled('JÜRGEN')).toEqual(rows.map(({ name }) => name));
  });

  it('read reports', async () => {
    const frontend = await openFrontend();
    const months = await frontend.monthlyRevenue();
    const { rows } = await database.pool.query(
      `SELECT to_char(sold_at AT TIME ZONE 'UTC', 'YYYY-MM') AS month, sum(amount)::float8 AS revenue
       FROM fact_sales GROUP BY 1 ORDER BY 1`,
    );
    expect(months).toEqual(rows);
    expect(await frontend.bestProducts(3)).toHaveLength(3);
  });
});

describe('the Relay compiler', { timeout: 120_000 }, () => {
  it('accepts the schema and a fragment that pages both ways through a connection', async () => {
    const artifacts = join(folder, 'relay', '__generated__');
    await rm(artifacts, { recursive: true, force: true });
    await runNode(join('node_modules', 'relay-compiler', 'cli.js'), 'relay.config.json');
    const fragment = await readFile(join(artifacts, 'customerSales_customer.graphql.ts'), 'utf8');
    expect(fragment).toContain('"direction": "bidirectional"');
  });
});
