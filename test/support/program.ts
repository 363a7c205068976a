// Runs the program as a person does, in a process of its own, with nothing of this run's settings.

import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from '../../src/core/project-root.js';

export interface RunningProgram {
  readonly child: ChildProcess;
  /** Everything said so far, on both streams. */
  said(): string;
  /** Resolves when the text has been said; rejects when the program ends before. */
  saying(text: string | RegExp): Promise<string>;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  /** What Ctrl-C at a terminal does: a signal to the program and everything it started in its group. */
  interrupt(signal?: NodeJS.Signals): void;
}

export interface ProgramOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** The environment without what configures the program. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  const ours = /^(FLYWHEEL_|npm_|DATABASE_URL$|PORT$|HOST$|LOG_LEVEL$|NODE_ENV$|VITEST|CI$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)));
}

/** Starts a command in a process group of its own. */
export function runProgram(
  command: string,
  args: readonly string[],
  options: ProgramOptions = {},
): RunningProgram {
  const child = spawn(command, args, {
    cwd: options.cwd ?? projectRoot,
    env: { ...plainEnvironment(), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let text = '';
  let check = () => {};
  const hear = (chunk: Buffer) => {
    text += chunk.toString();
    check();
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  return {
    child,
    said: () => text,
    ended,
    saying(wanted) {
      return new Promise((resolve, reject) => {
        check = () => {
          if (typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text)) resolve(text);
        };
        check();
        ended.then(() => reject(new Error(`It ended without saying ${wanted}. It said:\n${text}`)), reject);
      });
    },
    interrupt(signal = 'SIGINT') {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    },
  };
}

/** The launcher of this working copy. */
export const launcher: string = join(projectRoot, 'src', 'cli', 'launch.mjs');
