// `npm run torture -- --log postgres|kafka`: the torture at full size, with a line for every kill and the books at the end.
// `--nodes 3`: on a Kafka of three nodes that are killed in turn, with two gateways and their subscribers.

import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { register } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    log: { type: 'string' },
    nodes: { type: 'string', default: '1' },
    events: { type: 'string', default: '200000' },
    kills: { type: 'string', default: '50' },
    'server-kills': { type: 'string', default: '10' },
    'node-kills': { type: 'string', default: '20' },
    'node-every': { type: 'string', default: '30' },
    seed: { type: 'string', default: '1' },
    keep: { type: 'boolean', default: false },
  },
});
const nodes = Number(values.nodes);
if (nodes !== 1 && nodes !== 3) {
  console.error('--nodes must be 1 or 3.');
  process.exit(1);
}
const log = values.log ?? (nodes === 3 ? 'kafka' : 'postgres');
if (log !== 'kafka' && (log !== 'postgres' || nodes === 3)) {
  console.error('--log must be postgres or kafka, and with --nodes 3 it can only be kafka.');
  process.exit(1);
}
const root = fileURLToPath(new URL('../..', import.meta.url));
const built = spawnSync(process.execPath, [join(root, 'src', 'cli', 'launch.mjs'), '--prepare-only'], {
  stdio: 'inherit',
});
if (built.status !== 0) process.exit(1);

register('./typescript-hooks.mjs', import.meta.url);
const { torture } = await import('./torture.ts');
const serverKills = Number(values['server-kills']);
const kafkaKills = nodes === 3 ? Number(values['node-kills']) : serverKills;
const folder = await mkdtemp(join(tmpdir(), 'flywheel-torture-'));
// Where it runs as root, PostgreSQL runs as another user, who must be able to pass.
await chmod(folder, 0o755);
const beganMs = performance.now();
const seconds = () => ((performance.now() - beganMs) / 1_000).toFixed(0).padStart(5);
let isWell = false;
try {
  const { sent, tally, delays, messages, resumptions, disagreements } = await torture({
    log,
    nodes,
    nodeEveryMs: Number(values['node-every']) * 1_000,
    gateways: nodes === 3 ? 2 : 0,
    events: Number(values.events),
    kills: {
      pipelines: Number(values.kills),
      gateways: nodes === 3 ? serverKills : 0,
      database: serverKills,
      kafka: log === 'kafka' ? kafkaKills : 0,
    },
    seed: Number(values.seed),
    folder,
    say: (line) => console.log(`${seconds()} s  ${line}`),
  });
  console.log(`\n${sent} records sent; ${JSON.stringify(tally)}`);
  console.log(
    `The warehouse was ${delays.behindMax} records behind at most, and took nothing in for ${delays.standstillSeconds} s; an append took up to ${delays.appendSeconds} s.`,
  );
  if (messages > 0)
    console.log(`Subscribers received ${messages} messages, and went on ${resumptions} times.`);
  for (const sentence of disagreements) console.error(sentence);
  isWell = disagreements.length === 0;
  console.log(isWell ? `Every event stands once (seed ${values.seed}).` : 'The books do not agree.');
} catch (error) {
  console.error(error);
}
if (isWell && !values.keep) await rm(folder, { recursive: true, force: true });
else console.log(`What they said, and the data, are in ${folder}.`);
process.exit(isWell ? 0 : 1);
