// `npm run engines`: fetches Kafka, Flink and Spark, brings them up, runs every suite that needs them, and the torture on three
// Kafka nodes at full size: a line for each check. `npm run engines -- test/streams/` runs the suites whose path begins so alone.

import { execFile, spawnSync } from 'node:child_process';
import { register } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { startVitest } from 'vitest/node';

const { values, positionals: beginnings } = parseArgs({
  allowPositionals: true,
  options: { 'without-torture': { type: 'boolean', default: false } },
});
const root = fileURLToPath(new URL('../..', import.meta.url));
const built = spawnSync(process.execPath, [join(root, 'src', 'cli', 'launch.mjs'), '--prepare-only'], {
  stdio: 'inherit',
});
if (built.status !== 0) process.exit(1);

// Whoever asks for engines wants to hear of one that is missing.
process.env.CI = 'true';
process.env.ENGINES = '1';
register('../torture/typescript-hooks.mjs', import.meta.url);
const { openLedger } = await import('./ledger.ts');
const { bringUp } = await import('./bring-up.ts');
const { createSuiteLines } = await import('./suite-lines.ts');
const { findEngineSuites } = await import('./suites.ts');

async function runSuites(ledger) {
  const suites = await findEngineSuites(beginnings);
  for (const beginning of beginnings) {
    if (suites.some((suite) => suite.startsWith(beginning))) continue;
    ledger.failed(beginning, 0, 'No suite that needs an engine begins so.');
  }
  if (suites.length === 0) return;
  const vitest = await startVitest('test', [...suites], {
    root,
    watch: false,
    // The engines want the machine for themselves.
    fileParallelism: false,
    reporters: [createSuiteLines(ledger)],
  });
  await vitest.close();
}

async function runTorture() {
  const torture = join(root, 'test', 'torture', 'run.mjs');
  await promisify(execFile)(process.execPath, [torture, '--nodes', '3'], { maxBuffer: 2 ** 26 }).catch(
    ({ stdout, stderr }) => {
      throw new Error(`${stderr}\n${stdout.split('\n').slice(-12).join('\n')}`);
    },
  );
}

const ledger = openLedger();
if (await bringUp(ledger)) {
  await runSuites(ledger);
  if (beginnings.length === 0 && !values['without-torture']) {
    await ledger.check('the torture on three Kafka nodes: every event once, subscribers go on', runTorture);
  }
}
process.exit(ledger.close() ? 0 : 1);
