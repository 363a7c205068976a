// node bench/load/run.mjs [--data FILE] [--database-url URL] [--rounds N]
// Loading Online Retail beside a COPY of the same rows: into an empty warehouse, and into one that is filled already.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { cacheDir } from '../lib/options.mjs';
import { dist } from '../lib/places.mjs';

const one = fileURLToPath(new URL('one-load.mjs', import.meta.url));
const columns =
  'source, invoice, line, kind, product_id, customer_id, region_id, date_id, quantity, unit_price, amount, sold_at';
const goals = { empty: 8, filled: 1.5 };

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    'database-url': { type: 'string' },
    rounds: { type: 'string', default: '3' },
  },
});
const shared = fileURLToPath(new URL('../../../shared/data/online-retail.csv.gz', import.meta.url));
const dataFile =
  values.data ?? [join(cacheDir, 'online-retail.csv.gz'), shared].find((path) => existsSync(path));
if (dataFile === undefined) throw new Error('Online Retail was not found; give its file with --data FILE.');

const { openWarehouse } = await import(dist('warehouse/embedded-postgres.js'));
const { migrate } = await import(dist('warehouse/migrate.js'));
const warehouse = await openWarehouse({ databaseUrl: values['database-url'], dataDir: cacheDir });
const names = ['plain', 'empty', 'filled', 'work'].map((name) => `flywheel_bench_load_${name}`);
const [plain, empty, filled, work] = names;

/** @param {string} name */
function urlOf(name) {
  const url = new URL(warehouse.url);
  url.pathname = `/${name}`;
  return url.href;
}

/** @template T @param {string} url @param {(client: pg.Client) => Promise<T>} run */
async function on(url, run) {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return await run(client);
  } finally {
    await client.end();
  }
}

/** @param {string} name @param {string} [template] */
async function create(name, template = 'template0') {
  await on(warehouse.url, async (client) => {
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
    // So that no step pays for the writes of the one before it.
    await client.query('CHECKPOINT');
  });
}

/** Milliseconds and peak memory of one load, in a process of its own. @param {string} name @param {string} source */
async function load(name, source) {
  const child = spawn(process.execPath, [one, urlOf(name), dataFile, source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`The load ended with code ${code}.`);
  return JSON.parse(text);
}

/** @param {string} name @param {string} table @param {string} file */
async function copy(name, table, file) {
  return on(urlOf(name), async (client) => {
    const startedMs = performance.now();
    await pipeline(createReadStream(file), client.query(copyFrom(`COPY ${table} (${columns}) FROM STDIN`)));
    return performance.now() - startedMs;
  });
}

/** The rows of a loaded warehouse as COPY takes them, under the name of another source. */
async function rowsOf(name, file) {
  const listed = columns.replace('source', `'online-retail' AS source`);
  await on(urlOf(name), (client) =>
    pipeline(
      client.query(copyTo(`COPY (SELECT ${listed} FROM fact_sales ORDER BY id) TO STDOUT`)),
      createWriteStream(file),
    ),
  );
}

const folder = await mkdtemp(join(tmpdir(), 'flywheel-bench-load-'));
const rowsFile = join(folder, 'rows.copy');
try {
  await create(empty);
  await migrate(urlOf(empty));
  await create(filled, empty);
  await load(filled, 'another-shop');
  await rowsOf(filled, rowsFile);
  await create(plain);
  await on(urlOf(plain), (client) =>
    client.query(`CREATE TABLE bare (source text, invoice text, line integer, kind text, product_id integer,
      customer_id integer, region_id integer, date_id integer, quantity numeric(12, 3), unit_price numeric(12, 4),
      amount numeric(15, 4), sold_at timestamptz(3))`),
  );
  const figures = { bare: [], empty: [], keyed: [], filled: [], again: [] };
  let peakMb = 0;
  for (let round = 0; round < Number(values.rounds); round += 1) {
    await create(work, plain);
    figures.bare.push(await copy(work, 'bare', rowsFile));
    await create(work, empty);
    for (const figure of ['empty', 'again']) {
      const { durationMs, peakMb: mb } = await load(work, 'online-retail');
      figures[figure].push(durationMs);
      peakMb = Math.max(peakMb, mb);
    }
    await create(work, filled);
    figures.keyed.push(await copy(work, 'fact_sales', rowsFile));
    await create(work, filled);
    const { durationMs, peakMb: mb } = await load(work, 'online-retail');
    figures.filled.push(durationMs);
    peakMb = Math.max(peakMb, mb);
    const ratio = (a, b) => (figures[a][round] / figures[b][round]).toFixed(2);
    console.log(
      `round ${round + 1}: empty/bare ${ratio('empty', 'bare')}, filled/keyed ${ratio('filled', 'keyed')}`,
    );
  }
  const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
  const ratios = (a, b) => median(figures[a].map((ms, round) => ms / figures[b][round]));
  const seconds = (name) => `${(median(figures[name]) / 1_000).toFixed(2)} s`;
  console.log(
    `${cpus().length} × ${cpus()[0].model.trim()}; medians of ${values.rounds} rounds; peak memory ${Math.round(peakMb)} MB`,
  );
  console.log(`COPY into a bare table                 ${seconds('bare')}`);
  console.log(
    `load into an empty warehouse           ${seconds('empty')}  ${ratios('empty', 'bare').toFixed(2)} × (goal ${goals.empty})`,
  );
  console.log(`COPY into a filled table with its keys ${seconds('keyed')}`);
  console.log(
    `load into a filled warehouse           ${seconds('filled')}  ${ratios('filled', 'keyed').toFixed(2)} × (goal ${goals.filled})`,
  );
  console.log(`the same file again                    ${seconds('again')}`);
} finally {
  await on(warehouse.url, async (client) => {
    for (const name of names) await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  });
  await warehouse.close();
  await rm(folder, { recursive: true, force: true });
}
