// Events on the log, until all their windows are stored: with windows by Flink, with our own, and by COPY of the same rows alone.
import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { dist } from '../lib/places.mjs';
import { startServer } from '../lib/server-process.mjs';
import { appendEvents, eventColumns } from '../live/behaviour-events.mjs';
import { openBenchLog } from '../live/open-log.mjs';

const program = fileURLToPath(new URL('../../dist/src/cli/flywheel.js', import.meta.url));
const warmUpEvents = 20_000;
const lookEveryMs = 50;
const warmUpMsMost = 600_000;
const roundMsMost = 300_000;

/** Windows that are never pruned within a run: whoever has stored these to the last event has stored them all. */
const counted = `SELECT cut, sum(states[1])::float8 AS events FROM live_partial
  WHERE cut LIKE 'Event/ALL/%' OR cut LIKE 'Event/DAY/%' GROUP BY cut`;
const countedAtAll = `SELECT sum(states[1])::float8 AS events FROM live_partial WHERE cut = 'Event/ALL/'`;

/**
 * A pipeline of the product with a database and topics of its own.
 * @param {string} name @param {{ warehouse: { url: string }, brokers: string[], folder: string, node: string, settings: Record<string, string>, onClose: (close: () => Promise<unknown>) => void }} options
 */
async function startWay(name, { warehouse, brokers, folder, node, settings, onClose }) {
  const { migrate } = await import(dist('warehouse/migrate.js'));
  const admin = new pg.Client(warehouse.url);
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name} TEMPLATE template0`);
  await admin.end();
  const at = new URL(warehouse.url);
  at.pathname = `/${name}`;
  await migrate(at.href);
  const topic = `${name}.behaviour`;
  const server = await startServer(
    {
      name,
      title: name,
      dialect: 'flywheel',
      // It has a door of its own, because the bench knows by it that it has started.
      arguments: [program, 'start', '--role', 'gateway,pipeline'],
      settings: {
        FLYWHEEL_DEMO: 'off',
        FLYWHEEL_TRAIN_EVERY: 'off',
        FLYWHEEL_TRAIN_AFTER_EVENTS: 'off',
        KAFKA_BROKERS: brokers.join(','),
        FLYWHEEL_CONSUMER_GROUP: name,
        FLYWHEEL_TOPIC_BEHAVIOUR: topic,
        FLYWHEEL_TOPIC_MEASUREMENT: `${name}.measurement`,
        FLYWHEEL_TOPIC_RESULTS: `${name}.results`,
        FLYWHEEL_TOPIC_DEAD_LETTERS: `${name}.dead-letters`,
        FLYWHEEL_TOPIC_DECISIONS: `${name}.decisions`,
        FLYWHEEL_TOPIC_FACTS: `${name}.facts`,
        FLYWHEEL_TOPIC_WINDOWS: `${name}.windows`,
        ...settings,
      },
    },
    { node, databaseUrl: at.href, poolSize: 8, dataDir: folder },
  );
  onClose(() => server.stop());
  const client = new pg.Client(at.href);
  await client.connect();
  onClose(() => client.end());
  return { name, topic, url: at.href, client, server };
}

/** @typedef {Awaited<ReturnType<typeof startWay>>} Way */

/**
 * Resolves when every window that is looked at has counted all events.
 * @param {Way} way @param {number} events in all @param {{ msMost: number, signal: AbortSignal, say: (detail: string) => void }} options
 */
async function untilStored({ client, name }, events, { msMost, signal, say }) {
  const deadlineMs = performance.now() + msMost;
  for (;;) {
    signal.throwIfAborted();
    const [atAll] = (await client.query(countedAtAll)).rows;
    const found = Number(atAll?.events ?? 0);
    say(`${found.toLocaleString('en')} of ${events.toLocaleString('en')}`);
    if (found >= events) {
      const { rows } = await client.query(counted);
      const wrong = rows.find((row) => row.events > events);
      if (wrong) throw new Error(`${name}: ${wrong.cut} counts ${wrong.events} of ${events} events.`);
      if (rows.every((row) => row.events === events)) return;
    }
    if (performance.now() > deadlineMs)
      throw new Error(`${name}: ${found} of ${events} events are in the windows after ${msMost / 1_000} s.`);
    await sleep(lookEveryMs);
  }
}

/**
 * Events per second from the moment that all are on the log. Until then the table of the facts is held, so that nothing goes in.
 * @param {Way} way @param {any} log @param {{ from: number, to: number, signal: AbortSignal, say: (detail: string) => void }} round
 */
async function measureWay(way, log, { from, to, signal, say }) {
  await way.client.query('CHECKPOINT');
  await way.client.query('BEGIN');
  await way.client.query('LOCK TABLE fact_event IN EXCLUSIVE MODE');
  try {
    await appendEvents(log, way.topic, from, to);
  } finally {
    await way.client.query('COMMIT');
  }
  const startedMs = performance.now();
  await untilStored(way, to, { msMost: roundMsMost, signal, say });
  return (to - from) / ((performance.now() - startedMs) / 1_000);
}

/** A table like that of the events, with its indexes and references, for the rows of them. @param {Way} way */
async function makeCopyTable({ client }) {
  await client.query('CREATE TABLE copied (LIKE fact_event INCLUDING ALL)');
  const { rows } = await client.query(
    `SELECT pg_get_constraintdef(oid) AS reference FROM pg_constraint WHERE conrelid = 'fact_event'::regclass AND contype = 'f'`,
  );
  for (const { reference } of rows) await client.query(`ALTER TABLE copied ADD ${reference}`);
}

/** Rows per second of the newest events. @param {Way} way @param {number} events @param {string} file */
async function measureCopy({ client }, events, file) {
  const newest = `SELECT ${eventColumns} FROM (SELECT * FROM fact_event ORDER BY id DESC LIMIT ${events}) AS newest ORDER BY id`;
  await pipeline(client.query(copyTo(`COPY (${newest}) TO STDOUT`)), createWriteStream(file));
  await client.query('CHECKPOINT');
  const startedMs = performance.now();
  await pipeline(createReadStream(file), client.query(copyFrom(`COPY copied (${eventColumns}) FROM STDIN`)));
  return events / ((performance.now() - startedMs) / 1_000);
}

/**
 * @typedef {{ copy: number, own: number, flink: number }} Round events per second
 * @typedef {object} Options
 * @property {{ url: string }} warehouse
 * @property {string} folder
 * @property {string} flinkHome
 * @property {string} kafkaJars the folder of Kafka's files
 * @property {number} events
 * @property {number} rounds
 * @property {string} node
 * @property {any} progress
 * @property {AbortSignal} signal
 * @property {(close: () => Promise<unknown>) => void} onClose
 */

/** @param {Options} options */
async function startEngines({ folder, flinkHome, kafkaJars, progress, signal, onClose }) {
  const { startKafka } = await import(dist('cli/kafka/cluster.js'));
  const { startFlink } = await import(dist('cli/engines/flink.js'));
  const kafka = await startKafka({
    folder: join(folder, 'kafka'),
    jarsFolder: kafkaJars,
    nodes: 1,
    port: 0,
    progress,
    signal,
  });
  onClose(() => kafka.stop());
  const flink = await progress.step('Starting Flink', () =>
    startFlink({
      home: flinkHome,
      folder: join(folder, 'flink'),
      slots: 4,
      taskManagers: 1,
      port: 0,
      signal,
    }),
  );
  onClose(() => flink.stop());
  return { brokers: kafka.brokers, flink };
}

/** @param {Options} options */
export async function measureStreams(options) {
  const { folder, events, rounds, progress, signal } = options;
  const { brokers, flink } = await startEngines(options);
  const { log, close } = await openLog(brokers, options);
  const start = (/** @type {string} */ name, /** @type {Record<string, string>} */ settings) =>
    startWay(name, { ...options, brokers, settings });
  /** @type {Way[]} */
  const ways = [
    await start('own', {}),
    await start('flink', { FLINK_SQL_GATEWAY: flink.sqlGateway, FLINK_REST: flink.rest }),
  ];
  for (const way of ways) {
    await progress.step(`Warming up ${way.name}`, async (/** @type {(detail: string) => void} */ say) => {
      await appendEvents(log, way.topic, 0, warmUpEvents);
      await untilStored(way, warmUpEvents, { msMost: warmUpMsMost, signal, say });
    });
  }
  await makeCopyTable(ways[0]);
  /** @type {Round[]} */
  const figures = [];
  for (let round = 0; round < rounds; round += 1) {
    const from = warmUpEvents + round * events;
    const figure = { copy: 0, own: 0, flink: 0 };
    for (const way of ways) {
      figure[/** @type {'own' | 'flink'} */ (way.name)] = await progress.step(
        `Round ${round + 1}, ${way.name}`,
        (/** @type {(detail: string) => void} */ say) =>
          measureWay(way, log, { from, to: from + events, signal, say }),
      );
    }
    figure.copy = await measureCopy(ways[0], events, join(folder, 'events.copy'));
    figures.push(figure);
  }
  const compared = await compareWindows(ways);
  await close();
  return { figures, events, compared };
}

/** @param {string[]} brokers @param {Options} options */
async function openLog(brokers, { warehouse, onClose }) {
  const { createLog } = await import(dist('core/log.js'));
  const at = { databaseUrl: warehouse.url, database: undefined, listener: undefined };
  const log = await openBenchLog({ brokers, ...at, logger: createLog({ level: 'silent' }) });
  const close = () => log.close();
  onClose(close);
  return { log, close };
}

/** Throws unless both ways have stored the same windows; how many they are. @param {Way[]} ways */
async function compareWindows(ways) {
  const [own = [], flink = []] = await Promise.all(
    ways.map(async ({ client, topic }) => {
      // The topic of each way is its own, and a key where windows are kept by source.
      const { rows } = await client.query(
        `SELECT concat_ws(' ', cut, window_start, replace(key, $1, 'behaviour'), sum(states[1])::float8) AS window
         FROM live_partial WHERE cut LIKE 'Event/ALL/%' OR cut LIKE 'Event/DAY/%' GROUP BY cut, window_start, key`,
        [topic],
      );
      return rows.map((row) => row.window).sort();
    }),
  );
  const place = own.findIndex((window, index) => window !== flink[index]);
  if (place >= 0 || own.length !== flink.length)
    throw new Error(`Flink counts ${flink[place]}, where our own windows count ${own[place]}.`);
  return own.length;
}
