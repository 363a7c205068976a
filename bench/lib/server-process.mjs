// A server of the bench as a process of its own: started, waited for, weighed and stopped.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { processMicroseconds } from './processor-time.mjs';

const START_TIMEOUT_MS = 60_000;

/** @returns {Promise<number>} a TCP port that is free now */
async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('No free port was given.');
  return address.port;
}

/** @param {number} port */
async function accepts(port) {
  const socket = connect({ port, host: '127.0.0.1' });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/**
 * Starts a server and resolves when it accepts connections.
 * @param {import('../servers.mjs').Server} server
 * @param {{ node: string, databaseUrl: string, poolSize: number, dataDir: string }} place
 */
export async function startServer(server, { node, databaseUrl, poolSize, dataDir }) {
  const port = await freePort();
  const child = spawn(node, server.arguments, {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PORT: String(port),
      DATABASE_URL: databaseUrl,
      POOL_SIZE: String(poolSize),
      ...(server.dialect === 'flywheel' && {
        FLYWHEEL_POOL_SIZE: String(poolSize),
        FLYWHEEL_DATA_DIR: dataDir,
      }),
      ...server.settings,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaints = '';
  child.stderr.on('data', (data) => {
    complaints = (complaints + data).slice(-4000);
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await accepts(port))) {
    if (child.exitCode !== null)
      throw new Error(`${server.name} ended with code ${child.exitCode}:\n${complaints}`);
    if (Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(
        `${server.name} did not accept connections within ${START_TIMEOUT_MS / 1000} s:\n${complaints}`,
      );
    }
    await sleep(50);
  }
  return {
    ...server,
    port,
    pid: child.pid ?? 0,
    processorMicroseconds: () => processMicroseconds(child.pid ?? 0),
    /** Resident memory in MB, from /proc; undefined where there is none. */
    async residentMb() {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
      const found = /VmRSS:\s+(\d+) kB/.exec(status);
      return found?.[1] === undefined ? undefined : Number(found[1]) / 1024;
    },
    async stop() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await exited;
      clearTimeout(timer);
    },
  };
}

/** @typedef {Awaited<ReturnType<typeof startServer>>} RunningServer */
