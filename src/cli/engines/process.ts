// The process of an engine: started, killed, stopped, and never left behind.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

const stopTimeoutMs = 15_000;

export interface EngineProcess {
  readonly pid: number;
  /** Resolves when the process is gone, however it went. */
  readonly ended: Promise<void>;
  /** Ends it in order; by force after 15 s. */
  stop(): Promise<void>;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
}

export interface EngineSpawn {
  readonly command: string;
  readonly args: readonly string[];
  /** Where it writes what it has to say, behind what is there. */
  readonly logFile: string;
  /** Variables beside our own environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Spawns the command with its output in a file. It belongs to no terminal, so that Ctrl-C reaches us alone; it is
 * killed when we die without having stopped it.
 */
export function spawnEngine({ command, args, logFile, env }: EngineSpawn): EngineProcess {
  const log = openSync(logFile, 'a');
  const child = spawn(command, args, {
    stdio: ['ignore', log, log],
    detached: true,
    env: { ...process.env, ...env },
  });
  closeSync(log);
  const { pid } = child;
  const watcher = pid === undefined ? undefined : watchOver(pid);
  const ended = new Promise<void>((resolve) => {
    const gone = () => {
      watcher?.kill('SIGKILL');
      resolve();
    };
    child.once('exit', gone);
    child.once('error', gone);
  });
  return {
    pid: pid ?? -1,
    ended,
    async stop() {
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
      await ended;
      clearTimeout(force);
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** A shell that waits for the end of its input, which comes when we are gone, and then kills the process. */
function watchOver(pid: number): ChildProcess {
  const watcher = spawn('sh', ['-c', `cat >/dev/null; kill -9 ${pid}`], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watcher.on('error', () => {});
  watcher.unref();
  return watcher;
}
