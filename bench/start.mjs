// `npm run bench`: installs the bench's own packages when they are missing, builds the product, and runs.
// Plain Node modules only, since nothing else may be installed yet.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const bench = fileURLToPath(new URL('.', import.meta.url));
const lock = new URL('package-lock.json', import.meta.url);
const installed = new URL('node_modules/.package-lock.json', import.meta.url);

/** @param {string} command @param {string[]} args @param {string} cwd */
function run(command, args, cwd) {
  const { status } = spawnSync(command, args, { cwd, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs) {
  console.log("Installing the bench's own packages (the peers, and a newer Node for all servers) …");
  // PostGraphile asks for a newer Node than npm may run on; the servers run on that newer one.
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], bench);
}
run(
  process.execPath,
  ['src/cli/launch.mjs', '--prepare-only'],
  fileURLToPath(new URL('..', import.meta.url)),
);
await import('./run.mjs');
