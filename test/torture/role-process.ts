// A gateway or a pipeline in a process of its own, as an operator starts it, that can be killed and started again.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../src/core/project-root.js';
import { plainEnvironment } from '../support/program.js';

export interface RoleProcess {
  /** Such as `pipeline 1`. */
  readonly name: string;
  /** Resolves when it reads or answers, or has ended. */
  running(): Promise<void>;
  /** Whether it has been started and has not ended. */
  isUp(): boolean;
  /** Where it answers; undefined while it does not, and of a pipeline. */
  url(): string | undefined;
  /** As a crash would: nothing is finished. */
  kill(): Promise<void>;
  start(): void;
  /** In order; resolves to its exit code. */
  stop(): Promise<number | null>;
}

const greetings = {
  pipeline: /The pipeline runs/,
  gateway: /answers at (http:\/\/127\.0\.0\.1:\d+)\/graphql/,
} as const;

export interface RoleProcessOptions {
  readonly role: keyof typeof greetings;
  readonly number: number;
  readonly env: Readonly<Record<string, string>>;
  /** Where what it says is kept, under its name. */
  readonly folder: string;
}

/** The program must have been built. */
export function createRoleProcess({ role, number, env, folder }: RoleProcessOptions): RoleProcess {
  let child: ChildProcess | undefined;
  let ready: Promise<void> = Promise.resolve();
  let url: string | undefined;

  function start(): void {
    const log = openSync(join(folder, `${role}-${number}.log`), 'a');
    const program = join(projectRoot, 'dist', 'src', 'cli', 'flywheel.js');
    const started = spawn(process.execPath, [program, 'start', '--role', role], {
      env: { ...plainEnvironment(), NODE_ENV: 'production', PORT: '0', ...env },
      stdio: ['ignore', 'pipe', log],
    });
    closeSync(log);
    child = started;
    let said = '';
    ready = new Promise((resolve) => {
      started.stdout?.on('data', (text: Buffer) => {
        said += text.toString();
        const greeting = greetings[role].exec(said);
        if (greeting === null) return;
        said = '';
        url = greeting[1];
        resolve();
      });
      started.once('exit', () => {
        url = undefined;
        resolve();
      });
    });
  }

  const isUp = () => child !== undefined && child.exitCode === null && child.signalCode === null;

  async function end(signal: NodeJS.Signals): Promise<number | null> {
    if (child === undefined) return null;
    if (isUp()) {
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    }
    return child.exitCode;
  }

  return {
    name: `${role} ${number}`,
    start,
    running: () => ready,
    isUp,
    url: () => url,
    async kill() {
      await end('SIGKILL');
    },
    stop: () => end('SIGTERM'),
  };
}
