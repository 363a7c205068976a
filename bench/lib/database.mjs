// The one database that all servers read: the product's own embedded PostgreSQL, loaded by the product's own loader.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { cacheDir } from './options.mjs';
import { childrenMicroseconds, parentOf } from './processor-time.mjs';

const command = fileURLToPath(new URL('../../dist/src/cli/flywheel.js', import.meta.url));
const embedded = new URL('../../dist/src/warehouse/embedded-postgres.js', import.meta.url);

/** @param {pg.Client} client */
async function salesIn(client) {
  const { rows } = await client.query(`SELECT to_regclass('fact_sales') IS NOT NULL AS there`);
  if (!rows[0].there) return 0;
  return Number((await client.query('SELECT count(*) FROM fact_sales')).rows[0].count);
}

/** @param {string} databaseUrl @param {string | undefined} dataFile */
async function load(databaseUrl, dataFile) {
  if (dataFile === undefined) {
    throw new Error(
      'Online Retail was not found. Give its file with --data FILE, or put it at bench/.cache/online-retail.csv.gz ' +
        '(UCI Machine Learning Repository, "Online Retail", by day or whole, as CSV).',
    );
  }
  console.log(`Loading ${dataFile} (once; later runs use the same database) …`);
  const loader = spawn(process.execPath, [command, 'load', dataFile, '--format', 'online-retail'], {
    env: { ...process.env, DATABASE_URL: databaseUrl },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [code] = await once(loader, 'exit');
  if (code !== 0) throw new Error(`The loader ended with code ${code}.`);
}

/**
 * Opens the database, filling it first when it is empty, and brings its statistics up to date.
 * @param {{ databaseUrl: string | undefined, dataFile: string | undefined, dataDir?: string }} options
 */
export async function openDatabase({ databaseUrl, dataFile, dataDir = cacheDir }) {
  const { openWarehouse } = await import(embedded.href);
  // Every server of the bench keeps a pool of its own, all at the same time.
  const warehouse = await openWarehouse({
    databaseUrl,
    dataDir,
    settings: { max_connections: '200' },
  });
  const client = new pg.Client(warehouse.url);
  await client.connect();
  try {
    if ((await salesIn(client)) === 0) await load(warehouse.url, dataFile);
    await client.query('VACUUM (ANALYZE)');
    const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
    const postmaster = await parentOf(rows[0].pid);
    return {
      url: warehouse.url,
      sales: await salesIn(client),
      version: (await client.query('SHOW server_version')).rows[0].server_version,
      /** Of all backends together; undefined where the server's processes cannot be seen. */
      async processorMicroseconds() {
        return postmaster === undefined ? undefined : childrenMicroseconds(postmaster);
      },
      /** @param {string} sql with one column, variables */
      async variables(sql) {
        return (await client.query(sql)).rows.map((row) => row.variables);
      },
      async close() {
        await client.end();
        await warehouse.close();
      },
    };
  } catch (error) {
    await client.end();
    await warehouse.close();
    throw error;
  }
}

/** @typedef {Awaited<ReturnType<typeof openDatabase>>} Database */
