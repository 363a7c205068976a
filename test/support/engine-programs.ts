// Suites that need programs of this machine for an engine: they are skipped with the reason where one is missing.

import { spawnSync } from 'node:child_process';
import { describe } from 'vitest';

const checks = {
  java: ['java', '-version'],
  mvn: ['mvn', '--version'],
  pip: [process.env.PYTHON ?? 'python3', '-m', 'pip', '--version'],
} as const;

export type EngineProgram = keyof typeof checks;

function runs(program: EngineProgram): boolean {
  const [command, ...args] = checks[program];
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

/**
 * A suite that needs an engine and what it takes to run it. Where a program is missing it is skipped and the reason
 * printed; with CI=true it fails instead.
 */
export function describeWithPrograms(
  engine: string,
  programs: readonly EngineProgram[],
  title: string,
  suite: () => void,
): void {
  const missing = programs.filter((program) => !runs(program)).join(' and ');
  if (missing === '') {
    describe(title, suite);
    return;
  }
  const reason = `${missing} not found; ${engine} needs ${programs.join(', ')} (Java 17 or newer).`;
  if (process.env.CI === 'true') throw new Error(reason);
  console.warn(`Skipped "${title}": ${reason}`);
  describe.skip(`${title} (${missing} missing)`, suite);
}
