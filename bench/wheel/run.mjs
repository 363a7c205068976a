// npm run bench -- wheel: from an event to a changed answer, what deciding costs, and what open decisions cost ingest.
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cacheDir } from '../lib/options.mjs';
import { asMarkdown, asText } from '../lib/report.mjs';
import { verdictTable } from '../lib/verdicts.mjs';
import { train, withGateway } from '../models/running-gateway.mjs';
import { measureDeciding } from './deciding.mjs';
import { measureIngestBesideSlots } from './open-slots.mjs';
import { measureTurn } from './turn.mjs';

const help = `npm run bench -- wheel [options]

  --only LIST        turn,deciding,ingest (all)
  --rounds N         of deciding and of ingest, both sides in turn (5)
  --seconds N        of the turn, and of deciding in all (30)
  --events N         on each side of each round of ingest (40,000)
  --markdown FILE    write the table as Markdown as well

FLYWHEEL_SHARED_DIR says where the reference data are.
`;

/** @typedef {{ rounds: number, seconds: number, events: number }} Size */

/** @type {Record<string, (gateway: import('../models/running-gateway.mjs').Gateway, size: Size) => Promise<import('../models/side-by-side.mjs').Row[]>>} */
const parts = { turn: measureTurn, deciding: measureDeciding, ingest: measureIngestBesideSlots };

/** @param {string} name @param {string} text */
function whole(name, text) {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`--${name} must be a whole number of at least 1, not ${text}.`);
  return value;
}

/** @param {string[]} args */
export async function benchWheel(args) {
  const { values } = parseArgs({
    args,
    options: {
      help: { type: 'boolean', default: false },
      only: { type: 'string', default: Object.keys(parts).join(',') },
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '30' },
      events: { type: 'string', default: '40000' },
      markdown: { type: 'string' },
    },
  });
  if (values.help) return console.log(help);
  const names = values.only.split(',');
  const unknown = names.find((name) => !Object.hasOwn(parts, name));
  if (unknown !== undefined)
    throw new Error(`--only knows no ${unknown}; it knows ${Object.keys(parts).join(', ')}.`);
  const size = {
    rounds: whole('rounds', values.rounds),
    seconds: whole('seconds', values.seconds),
    events: whole('events', values.events),
  };
  await mkdir(cacheDir, { recursive: true });
  // A database of its own for each run: what is sent and decided stays out of the next.
  const dataDir = await mkdtemp(join(cacheDir, 'wheel-'));
  await chmod(dataDir, 0o755);
  try {
    const rows = await withGateway(async (gateway) => {
      console.log('Training the recommender …');
      await train(gateway, 'RECOMMENDATION');
      const measured = [];
      for (const name of names) {
        console.log(`Measuring ${name} …`);
        measured.push(...(await parts[name](gateway, size)));
      }
      return measured;
    }, dataDir);
    const table = verdictTable(rows);
    const [cpu] = cpus();
    const footer =
      `${cpus().length} × ${cpu.model.trim()}, shared by gateway, PostgreSQL and load generator; Node ${process.version}; ` +
      `load average ${loadavg()[1].toFixed(1)}.`;
    console.log(`\n${asText(table)}\n\n${footer}`);
    if (values.markdown) await writeFile(values.markdown, `${asMarkdown(table)}\n\n${footer}\n`);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}
