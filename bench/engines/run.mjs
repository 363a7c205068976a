// npm run bench -- engines: windows by Flink beside our own, reports by Spark beside PostgreSQL, on one machine in one run.
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cacheDir, newestNode } from '../lib/options.mjs';
import { dist } from '../lib/places.mjs';
import { asMarkdown, asText } from '../lib/report.mjs';
import { paperTable, reportsNotes, secondsTable } from './on-paper.mjs';
import { measureReports } from './reports.mjs';
import { measureStreams } from './streams.mjs';
import { streamsNotes, streamsTable } from './streams-table.mjs';

const help = `npm run bench -- engines [options]

  --only LIST        streams,reports (both)
  --events N         in each round of the streams (100,000)
  --rounds N         of the streams, every way once in each (3)
  --sizes LIST       of the history of the reports, in millions of sales, rising (1,5,20)
  --repeats N        how often PostgreSQL is asked each report at each size (2)
  --sources LIST     where Spark reads from: parquet,jdbc (both)
  --markdown FILE    write the tables as Markdown as well

Flink and Spark are fetched once, into .flywheel/engines; they need Java 17, Maven and pip.
`;

const projectDir = fileURLToPath(new URL('../../', import.meta.url));

/** @param {string} name @param {string} text */
function whole(name, text) {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`--${name} must be a whole number of at least 1, not ${text}.`);
  return value;
}

/** @param {string} name @param {string} text @param {string[]} known */
function listOf(name, text, known) {
  const names = text.split(',');
  const unknown = names.find((one) => !known.includes(one));
  if (unknown !== undefined) throw new Error(`--${name} knows no ${unknown}; it knows ${known.join(', ')}.`);
  return names;
}

/** @param {string} text */
function sizesOf(text) {
  const sizes = text.split(',').map((one) => Math.round(Number(one) * 1e6));
  if (sizes.some((size, place) => !(size >= 1_000 && size > (sizes[place - 1] ?? 0))))
    throw new Error(`--sizes must be rising numbers of millions, such as 1,5,20, not ${text}.`);
  return sizes;
}

/** @param {string[]} args */
function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      help: { type: 'boolean', default: false },
      only: { type: 'string', default: 'streams,reports' },
      events: { type: 'string', default: '100000' },
      rounds: { type: 'string', default: '3' },
      sizes: { type: 'string', default: '1,5,20' },
      repeats: { type: 'string', default: '2' },
      sources: { type: 'string', default: 'parquet,jdbc' },
      markdown: { type: 'string' },
    },
  });
  return {
    help: values.help,
    parts: listOf('only', values.only, ['streams', 'reports']),
    events: whole('events', values.events),
    rounds: whole('rounds', values.rounds),
    sizes: sizesOf(values.sizes),
    repeats: whole('repeats', values.repeats),
    sources: listOf('sources', values.sources, ['parquet', 'jdbc']),
    markdown: values.markdown,
  };
}

/** What is not there is left out, and said. @template T @param {string} what @param {() => Promise<T>} get */
async function orLeftOut(what, get) {
  try {
    return await get();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'UNAVAILABLE')) throw error;
    console.log(`Left out ${what}: ${error.message}`);
    return undefined;
  }
}

/**
 * @typedef {object} Place
 * @property {{ url: string }} warehouse
 * @property {string} folder of the run, removed after it
 * @property {string} enginesFolder
 * @property {any} progress
 * @property {AbortSignal} signal
 * @property {(close: () => Promise<unknown>) => void} onClose what is called when the run ends, however it does, the last first
 */

/** @param {Place} place @param {ReturnType<typeof readOptions>} options */
async function streamTables({ enginesFolder, ...place }, { events, rounds }) {
  const { installFlink } = await import(dist('cli/engines/install-flink.js'));
  const flinkHome = await orLeftOut('Flink and the streams', () =>
    installFlink({ folder: enginesFolder, progress: place.progress, signal: place.signal }),
  );
  if (flinkHome === undefined) return { tables: [], notes: [] };
  const kafkaJars = join(projectDir, '.flywheel', 'kafka');
  const measured = await measureStreams({
    ...place,
    flinkHome,
    kafkaJars,
    events,
    rounds,
    node: newestNode(),
  });
  return { tables: [streamsTable(measured)], notes: [streamsNotes(measured)] };
}

/** @param {Place} place @param {ReturnType<typeof readOptions>} options */
async function reportTables({ enginesFolder, ...place }, { sizes, sources, repeats }) {
  const { installSpark } = await import(dist('cli/engines/install-spark.js'));
  const spark = await orLeftOut('Spark', () =>
    installSpark({ folder: enginesFolder, progress: place.progress, signal: place.signal }),
  );
  const measured = await measureReports({ ...place, sizes, sources, rounds: repeats, spark });
  const onPaper = sizes.length > 1 ? [paperTable(measured)] : [];
  return { tables: [secondsTable(measured), ...onPaper], notes: [reportsNotes(measured)] };
}

/** Runs `use` with a folder and a database of the run's own; nothing of it is left, however it ends. @param {(place: Place) => Promise<void>} use */
async function withPlace(use) {
  const { openWarehouse } = await import(dist('warehouse/embedded-postgres.js'));
  const { createProgress } = await import(dist('cli/progress.js'));
  const interruption = new AbortController();
  /** @type {(() => Promise<unknown>)[]} */
  const closers = [];
  const closeAll = async () => {
    for (let next = closers.pop(); next !== undefined; next = closers.pop()) {
      await next().catch((error) => console.error(error instanceof Error ? error.message : error));
    }
  };
  /** Once, also when an interruption ends the work in the middle of it. @type {Promise<void> | undefined} */
  let closing;
  const close = () => {
    closing ??= closeAll();
    return closing;
  };
  const giveUp = async () => {
    interruption.abort();
    await close();
    process.exit(130);
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, giveUp);
  await mkdir(cacheDir, { recursive: true });
  const folder = await mkdtemp(join(cacheDir, 'engines-'));
  /** @type {Promise<void> | undefined} */
  let work;
  closers.push(async () => {
    // Whoever still writes there would make the folder anew.
    await work?.catch(() => undefined);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  try {
    await chmod(folder, 0o755);
    const warehouse = await openWarehouse({ databaseUrl: undefined, dataDir: folder });
    closers.push(() => warehouse.close());
    work = use({
      warehouse,
      folder,
      enginesFolder: join(projectDir, '.flywheel', 'engines'),
      progress: createProgress(),
      signal: interruption.signal,
      onClose: (one) => closers.push(one),
    });
    await work;
  } finally {
    await close();
    for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, giveUp);
  }
}

/** @param {string[]} args */
export async function benchEngines(args) {
  const options = readOptions(args);
  if (options.help) return console.log(help);
  const startedMs = performance.now();
  /** @type {import('../lib/report.mjs').Table[]} */
  const tables = [];
  /** @type {string[]} */
  const notes = [];
  for (const part of options.parts) {
    // What one part has started is gone before the next is measured.
    await withPlace(async (place) => {
      const found = await (part === 'streams' ? streamTables(place, options) : reportTables(place, options));
      tables.push(...found.tables);
      notes.push(...found.notes);
      console.log(`\n${[...found.tables.map(asText), ...found.notes].join('\n\n')}\n`);
    });
  }
  const [cpu] = cpus();
  const footer =
    `${availableParallelism()} × ${cpu.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, shared by all of it; Node ${process.version}; ` +
    `load average ${loadavg()[1].toFixed(1)}; ${Math.round((performance.now() - startedMs) / 1_000)} s in all.`;
  console.log(footer);
  if (options.markdown)
    await writeFile(options.markdown, `${[...tables.map(asMarkdown), ...notes, footer].join('\n\n')}\n`);
}
