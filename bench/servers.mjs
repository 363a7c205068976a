// Every server of the bench: how it is started, what dialect it is asked in, and what it is told.
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} Server
 * @property {string} name as in `--servers`
 * @property {string} title as in the table
 * @property {import('./questions/question.d.mts').Dialect} dialect
 * @property {string[]} arguments of node
 * @property {Record<string, string>} [settings] environment beside PORT, DATABASE_URL and the pool size
 * @property {Record<string, string>} [headers] sent with every request
 * @property {string[]} [runs] the questions that it answers, when not all of its dialect
 */

/** @param {string} file */
const inBench = (file) => fileURLToPath(new URL(file, import.meta.url));

const flywheel = [inBench('../dist/src/cli/flywheel.js'), 'start'];
const key = 'bench-key-of-no-worth';
const keyDigest = createHash('sha256').update(key).digest('hex');

/** @type {Server[]} */
export const servers = [
  {
    name: 'limit',
    title: 'limit: node:http, SQL by hand',
    dialect: 'flywheel',
    arguments: [inBench('servers/limit.mjs')],
  },
  {
    name: 'flywheel',
    title: 'Flywheel: keys, limits, telemetry on',
    dialect: 'flywheel',
    arguments: flywheel,
    settings: { FLYWHEEL_DEMO: 'off', FLYWHEEL_API_KEYS: `bench:reader:${keyDigest}` },
    headers: { authorization: `Bearer ${key}` },
  },
  {
    name: 'flywheel-bare',
    title: 'Flywheel, bare as the peers run',
    dialect: 'flywheel',
    arguments: flywheel,
    settings: { FLYWHEEL_DEMO: 'off', LOG_LEVEL: 'silent' },
  },
  {
    name: 'flywheel-plugin',
    title: 'Flywheel, planner off',
    dialect: 'flywheel',
    arguments: flywheel,
    settings: { FLYWHEEL_DEMO: 'off', FLYWHEEL_PLANNER: 'off' },
    runs: ['q1', 'q2', 'q3'],
  },
  {
    name: 'mercurius',
    title: 'Mercurius + JIT, SQL loaders by hand',
    dialect: 'lists',
    arguments: [inBench('servers/mercurius.mjs')],
  },
  {
    name: 'postgraphile',
    title: 'PostGraphile 5',
    dialect: 'postgraphile',
    arguments: [inBench('servers/postgraphile.mjs')],
    settings: { GRAPHILE_ENV: 'production' },
  },
  {
    name: 'apollo',
    title: 'Apollo Server 5 + Prisma 7 + DataLoader',
    dialect: 'lists',
    arguments: [inBench('servers/apollo.mjs')],
  },
];
