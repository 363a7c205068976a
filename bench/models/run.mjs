// npm run bench -- models: training time beside the same work in Python on one thread, and quality beside its best.
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { asMarkdown, asText } from '../lib/report.mjs';
import { verdictTable } from '../lib/verdicts.mjs';
import { measureBesideTraining } from './beside-training.mjs';
import { measureContent } from './content.mjs';
import { measureFactorisation } from './factorisation.mjs';
import { measureForecasting } from './forecasting.mjs';
import { measureItemKnn } from './item-knn.mjs';
import { measureLearning } from './learning.mjs';
import { startPeer } from './python.mjs';
import { measureRecommendation } from './recommendation.mjs';
import { measureSegmentation } from './segmentation.mjs';
import { measureServing } from './serving.mjs';
import { NotMeasured } from './shared-data.mjs';

const help = `npm run bench -- models [options]

  --only LIST        kmeans,text,nmf,item-knn,forecasting,learning,recommendation,serving,beside-training
                     (all)
  --rounds N         in which both sides do the same work in turn (7)
  --python FILE      the Python that makes the environment of the peers (python3)
  --no-peers         only what needs no Python
  --markdown FILE    write the table as Markdown as well

FLYWHEEL_SHARED_DIR says where the reference data are.
`;

/**
 * @typedef {object} Place
 * @property {import('./python.mjs').Peer | undefined} peer undefined where there is no Python
 * @property {number} rounds
 */

/** @type {Record<string, (place: Place) => Promise<import('./side-by-side.mjs').Row[]>>} */
const parts = {
  // First, as in the thread of its own that the learner has: what ran before leaves its traces in how code is compiled.
  learning: measureLearning,
  kmeans: measureSegmentation,
  text: measureContent,
  nmf: measureFactorisation,
  'item-knn': measureItemKnn,
  forecasting: measureForecasting,
  recommendation: measureRecommendation,
  serving: measureServing,
  'beside-training': measureBesideTraining,
};

/** @param {string[]} args */
function readOptions(args) {
  const { values } = parseArgs({
    args,
    allowNegative: true,
    options: {
      help: { type: 'boolean', default: false },
      only: { type: 'string', default: Object.keys(parts).join(',') },
      rounds: { type: 'string', default: '7' },
      python: { type: 'string', default: 'python3' },
      peers: { type: 'boolean', default: true },
      markdown: { type: 'string' },
    },
  });
  return values;
}

/** @param {ReturnType<typeof readOptions>} options */
async function connectPeer({ peers, python }) {
  if (!peers) return { peer: undefined, versions: 'without Python' };
  try {
    const peer = await startPeer(python);
    await peer.prepare('versions');
    const { result } = await peer.run();
    return { peer, versions: String(result) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    console.log(`Left out what is compared with Python: ${reason}.`);
    return { peer: undefined, versions: 'without Python' };
  }
}

/** @param {string} name @param {Place} place */
async function measure(name, place) {
  console.log(`Measuring ${name} …`);
  try {
    const rows = await parts[name](place);
    if (rows.length === 0) console.log(`Left out ${name}: it is nothing but a comparison with Python.`);
    return rows;
  } catch (error) {
    if (!(error instanceof NotMeasured)) throw error;
    console.log(`Left out ${name}: ${error.message}.`);
    return [];
  }
}

/** @param {string[]} args */
export async function benchModels(args) {
  const options = readOptions(args);
  if (options.help) return console.log(help);
  const names = options.only.split(',');
  const unknown = names.find((name) => !Object.hasOwn(parts, name));
  const rounds = Number(options.rounds);
  if (unknown !== undefined)
    throw new Error(`--only knows no ${unknown}; it knows ${Object.keys(parts).join(', ')}.`);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds must be a whole number of at least 1, not ${options.rounds}.`);
  const { peer, versions } = await connectPeer(options);
  const [cpu] = cpus();
  const machine = `${cpus().length} × ${cpu.model.trim()}; Node ${process.version}; ${versions}`;
  console.log(`${machine}.`);
  try {
    const rows = [];
    for (const name of names) rows.push(...(await measure(name, { peer, rounds })));
    const table = verdictTable(rows);
    const missed = rows.filter(({ passes }) => !passes).length;
    const footer =
      `Median of ${rounds} rounds in turn, processor time; ${machine}. ` +
      `${rows.length - missed} of ${rows.length} within their limits.`;
    console.log(`\n${asText(table)}\n\n${footer}`);
    if (options.markdown) await writeFile(options.markdown, `${asMarkdown(table)}\n\n${footer}\n`);
  } finally {
    peer?.close();
  }
}
