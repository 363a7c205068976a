// Installs exactly what package-lock.json says, when something else or nothing is installed.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from './run.mjs';
import { hashOfFiles, stampSays } from './stamp.mjs';

const lockFile = (root) => join(root, 'package-lock.json');
const stampFile = (root) => join(root, 'node_modules', '.flywheel-installed');

/** @param {string} root */
export function isInstalled(root) {
  if (!existsSync(join(root, 'node_modules'))) return false;
  const hash = hashOfFiles([lockFile(root)]);
  if (stampSays(stampFile(root), hash)) return true;
  if (!agreesWithLock(root)) return false;
  // Installed by hand, and rightly so.
  writeFileSync(stampFile(root), hash);
  return true;
}

/** @param {string} root */
export async function install(root) {
  const npm = process.env.npm_execpath;
  // No package needs its install script here, and what one downloads would not be in the lock file.
  const flags = [
    'ci',
    '--ignore-scripts',
    '--include=dev',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  const sentence =
    'The packages could not be installed; npm says why above. Check the network (or the npm settings) and start again.';
  if (npm?.endsWith('.js')) await runProgram(process.execPath, [npm, ...flags], { root, sentence });
  else await runProgram('npm', flags, { root, sentence, shell: process.platform === 'win32' });
  mkdirSync(join(root, 'node_modules'), { recursive: true });
  writeFileSync(stampFile(root), hashOfFiles([lockFile(root)]));
}

/** Whether npm's own record of what is installed has every package of the lock file in its version, and no other. */
function agreesWithLock(root) {
  const installed = packagesOf(join(root, 'node_modules', '.package-lock.json'));
  const wanted = packagesOf(lockFile(root));
  if (installed === undefined || wanted === undefined) return false;
  const isThere = ([path, entry]) =>
    installed[path] === undefined
      ? entry.optional === true || entry.devOptional === true || entry.peer === true
      : installed[path].version === entry.version;
  return (
    Object.entries(wanted).every(([path, entry]) => path === '' || isThere([path, entry])) &&
    Object.keys(installed).every((path) => wanted[path] !== undefined)
  );
}

function packagesOf(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch {
    return undefined;
  }
}
