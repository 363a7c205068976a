// Which processes of this machine still run.

import { spawnSync } from 'node:child_process';

/** The ids of the processes whose command line holds the text, such as a folder of one's own. */
export function processesNaming(text: string): readonly string[] {
  const { stdout } = spawnSync('pgrep', ['-f', text], { encoding: 'utf8' });
  return stdout.split('\n').filter((id) => id !== '');
}
