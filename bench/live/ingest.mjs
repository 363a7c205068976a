// Events that are on the log already, into fact_event with windows: events per second beside a COPY of the same rows
// into the same table with the same indexes, in one run.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { dist } from '../lib/places.mjs';
import { median } from '../lib/statistics.mjs';
import { appendEvents, eventColumns } from './behaviour-events.mjs';
import { openBenchLog } from './open-log.mjs';

const pipelineFile = fileURLToPath(new URL('ingest-pipeline.mjs', import.meta.url));
// A Kafka may hold the events of an earlier run.
const topic = `bench.${Date.now()}.behaviour`;
/** @type {Record<number, { every: string, by: string[] }[]>} */
const cutsOf = {
  0: [],
  1: [{ every: 'MINUTE', by: [] }],
  2: [
    { every: 'MINUTE', by: [] },
    { every: 'MINUTE', by: ['EVENT_TYPE'] },
  ],
  4: [
    { every: 'MINUTE', by: [] },
    { every: 'MINUTE', by: ['EVENT_TYPE'] },
    { every: 'MINUTE', by: ['SOURCE'] },
    { every: 'MINUTE', by: ['PRODUCT'] },
  ],
};

/** @param {any} log @param {number} events */
async function fillLog(log, events) {
  await log.ensureTopics([{ name: topic, partitions: 4 }]);
  const startedMs = performance.now();
  await appendEvents(log, topic, 0, events);
  return events / ((performance.now() - startedMs) / 1_000);
}

/** @param {object} options */
async function runPipeline(options) {
  const child = spawn(process.execPath, [pipelineFile, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`The pipeline ended with code ${code}.`);
  return JSON.parse(text);
}

/** @typedef {{ cuts: number, learns: boolean }} IngestWay live cuts, and whether the declared learners learn beside */

/**
 * @param {{ warehouse: { url: string }, brokers: string[] | undefined, events: number, rounds: number, ways: IngestWay[] }} options
 */
export async function measureIngest({ warehouse, brokers, events, rounds, ways }) {
  const { createDatabase } = await import(dist('warehouse/database.js'));
  const { createListener } = await import(dist('stream/postgres-listener.js'));
  const { createLog } = await import(dist('core/log.js'));
  const { migrate } = await import(dist('warehouse/migrate.js'));
  const name = 'flywheel_bench_ingest';
  const at = new URL(warehouse.url);
  at.pathname = `/${name}`;
  const admin = new pg.Client(warehouse.url);
  await admin.connect();
  await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  await admin.query(`CREATE DATABASE ${name} TEMPLATE template0`);
  await migrate(at.href);
  const database = createDatabase({ url: at.href, statementTimeoutMs: 0 });
  const listener = createListener({ url: at.href });
  const logger = createLog({ level: 'warn' });
  const log = await openBenchLog({ brokers, databaseUrl: at.href, database, listener, logger });
  const folder = await mkdtemp(join(tmpdir(), 'flywheel-bench-ingest-'));
  const rowsFile = join(folder, 'rows.copy');
  const client = new pg.Client(at.href);
  await client.connect();
  const empty = async () => {
    await client.query(
      `TRUNCATE fact_event, live_partial, live_member, live_change, live_window, outbox, example_block,
        example_sequence, learner_state`,
    );
    // So that no step pays for the writes of the one before it.
    await client.query('CHECKPOINT');
  };
  try {
    const appended = await fillLog(log, events);
    const figures = [];
    // The first run also creates the customers and products; it is not counted.
    await runPipeline({ databaseUrl: at.href, brokers, topic, cuts: [], learns: false, group: 'warm-up' });
    await pipeline(
      client.query(copyTo(`COPY (SELECT ${eventColumns} FROM fact_event ORDER BY id) TO STDOUT`)),
      createWriteStream(rowsFile),
    );
    for (let round = 0; round < rounds; round += 1) {
      await empty();
      const startedMs = performance.now();
      await pipeline(
        createReadStream(rowsFile),
        client.query(copyFrom(`COPY fact_event (${eventColumns}) FROM STDIN`)),
      );
      const copied = events / ((performance.now() - startedMs) / 1_000);
      for (const { cuts, learns } of ways) {
        await empty();
        const group = `round-${round}-cuts-${cuts}-${learns}`;
        const options = { databaseUrl: at.href, brokers, topic, cuts: cutsOf[cuts], learns, group };
        const ran = await runPipeline(options);
        const { rows } = await client.query('SELECT count(*)::int AS count FROM fact_event');
        if (rows[0].count !== events) throw new Error(`${rows[0].count} of ${events} events arrived.`);
        const taken = events / (ran.durationMs / 1_000);
        figures.push({ round, way: wayText(cuts, learns), copied, taken, ratio: taken / copied, ...ran });
      }
    }
    return { appended, figures };
  } finally {
    await client.end();
    await log.close();
    await listener.close();
    await database.close();
    await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await admin.end();
    await rm(folder, { recursive: true, force: true });
  }
}

/** @param {number} cuts @param {boolean} learns */
function wayText(cuts, learns) {
  return `${cuts} cuts${learns ? '' : ', no learners'}`;
}

/** @param {Awaited<ReturnType<typeof measureIngest>>} measured */
export function ingestText({ appended, figures }) {
  const perSecond = (/** @type {number} */ rate) => Math.round(rate).toLocaleString('en');
  const lines = [...new Set(figures.map(({ way }) => way))].map((way) => {
    const own = figures.filter((figure) => figure.way === way);
    const of = (/** @type {'taken' | 'ratio' | 'peakMb' | 'firstHalfMb'} */ name) =>
      median(own.map((figure) => figure[name]));
    const memory = `${Math.round(of('firstHalfMb'))} MB at the middle, ${Math.round(of('peakMb'))} MB at most`;
    return `  ${way}: ${perSecond(of('taken'))} events/s, ${of('ratio').toFixed(2)} × COPY; ${memory}`;
  });
  return [
    '',
    'Behaviour events that are on the log, into fact_event (medians of the rounds)',
    `  appended beforehand at ${perSecond(appended)} events/s`,
    `  COPY of the same rows into the same table with its indexes: ${perSecond(median(figures.map(({ copied }) => copied)))} rows/s`,
    ...lines,
  ].join('\n');
}
