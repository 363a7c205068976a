// `npm run torture -- --log postgres|kafka`: the torture at full size, with a line for every kill and the books at the end.

import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { register } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    log: { type: 'string', default: 'postgres' },
    events: { type: 'string', default: '200000' },
    kills: { type: 'string', default: '50' },
    'server-kills': { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    keep: { type: 'boolean', default: false },
  },
});
if (values.log !== 'postgres' && values.log !== 'kafka') {
  console.error('--log must be postgres or kafka.');
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
const folder = await mkdtemp(join(tmpdir(), 'flywheel-torture-'));
// Where it runs as root, PostgreSQL runs as another user, who must be able to pass.
await chmod(folder, 0o755);
const beganMs = performance.now();
const seconds = () => ((performance.now() - beganMs) / 1_000).toFixed(0).padStart(5);
let isWell = false;
try {
  const { sent, tally, disagreements } = await torture({
    log: values.log,
    events: Number(values.events),
    kills: {
      pipelines: Number(values.kills),
      database: serverKills,
      kafka: values.log === 'kafka' ? serverKills : 0,
    },
    seed: Number(values.seed),
    folder,
    say: (line) => console.log(`${seconds()} s  ${line}`),
  });
  console.log(`\n${sent} records sent; ${JSON.stringify(tally)}`);
  for (const sentence of disagreements) console.error(sentence);
  isWell = disagreements.length === 0;
  console.log(isWell ? `Every event stands once (seed ${values.seed}).` : 'The books do not agree.');
} catch (error) {
  console.error(error);
}
if (isWell && !values.keep) await rm(folder, { recursive: true, force: true });
else console.log(`What the pipelines said, and the data, are in ${folder}.`);
process.exit(isWell ? 0 : 1);
