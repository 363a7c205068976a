// A pipeline in a process of its own, as an operator starts it, that can be killed and started again.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../src/core/project-root.js';
import { plainEnvironment } from '../support/program.js';

export interface PipelineProcess {
  /** Resolves when it reads, or has ended. */
  running(): Promise<void>;
  /** As a crash would: nothing is finished. */
  kill(): Promise<void>;
  start(): void;
  /** In order; resolves to its exit code. */
  stop(): Promise<number | null>;
}

/** What it says goes to `logFile`. The program must have been built. */
export function createPipelineProcess(
  env: Readonly<Record<string, string>>,
  logFile: string,
): PipelineProcess {
  let child: ChildProcess | undefined;
  let ready: Promise<void> = Promise.resolve();

  function start(): void {
    const log = openSync(logFile, 'a');
    const program = join(projectRoot, 'dist', 'src', 'cli', 'flywheel.js');
    const started = spawn(process.execPath, [program, 'start', '--role', 'pipeline'], {
      env: { ...plainEnvironment(), NODE_ENV: 'production', ...env },
      stdio: ['ignore', 'pipe', log],
    });
    closeSync(log);
    child = started;
    ready = new Promise((resolve) => {
      started.stdout?.on('data', (text: Buffer) => {
        if (text.includes('The pipeline runs')) resolve();
      });
      started.once('exit', () => resolve());
    });
  }

  async function end(signal: NodeJS.Signals): Promise<number | null> {
    if (child === undefined) return null;
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    }
    return child.exitCode;
  }

  return {
    start,
    running: () => ready,
    async kill() {
      await end('SIGKILL');
    },
    stop: () => end('SIGTERM'),
  };
}
