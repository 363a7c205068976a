// Installs the tools of frontends for the tests beside this file, unless they are here as the lock file names them.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = import.meta.dirname;
const stamp = join(folder, 'node_modules', '.installed');
const wanted = createHash('sha256')
  .update(readFileSync(join(folder, 'package-lock.json')))
  .digest('hex');

function installed() {
  try {
    return readFileSync(stamp, 'utf8');
  } catch {
    return undefined;
  }
}

if (installed() !== wanted) {
  console.log('Installing the tools of frontends for the tests (about 50 MB to fetch) …');
  const options = { cwd: folder, stdio: 'inherit', shell: process.platform === 'win32' };
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], options);
  if (status !== 0) {
    console.error('The tools of frontends could not be installed; the lines above say why.');
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
}
