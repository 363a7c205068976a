// The server process of an embedded PostgreSQL: found, started, stopped.

import { type ChildProcess, spawn } from 'node:child_process';
import { open, readFile, readlink, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FlywheelError } from '../core/errors.js';
import { isAlive, type PostgresCluster, postgresEnvironment, readIfThere } from './postgres-cluster.js';

/** Settings for short reads and bulk loads beside each other on a small machine. */
const serverSettings: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '256MB',
  effective_cache_size: '1GB',
  work_mem: '16MB',
  // Containers give /dev/shm 64 MB; parallel hash tables live there.
  hash_mem_multiplier: '1',
  maintenance_work_mem: '128MB',
  random_page_cost: '1.1',
  // Compiling costs more than it saves in statements of a few milliseconds.
  jit: 'off',
  // No replica reads from here, so a table that is filled as a whole need not be written twice.
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  // A statement whose client has died ends soon after it.
  client_connection_check_interval: '2s',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

const logSizeBytesMax = 10_000_000;

const portTries = 30;
const portPauseMs = 67;

/** What the server writes into its own lock file. */
export interface RunningServer {
  readonly pid: number;
  readonly port: number;
}

/**
 * The server that runs on this cluster, whoever started it; it may still be starting or recovering. A lock file that a
 * crash left behind is no server.
 */
export async function findServer(cluster: PostgresCluster): Promise<RunningServer | undefined> {
  const lockFile = join(cluster.dataFolder, 'postmaster.pid');
  const lines = (await readIfThere(lockFile))?.split('\n') ?? [];
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  if (!Number.isInteger(pid) || pid <= 0 || !Number.isInteger(port) || port <= 0) return undefined;
  return isAlive(pid) && (await isPostgresOf(pid, cluster)) ? { pid, port } : undefined;
}

/** After a crash the id may belong to another program, which PostgreSQL would take for a server that still runs. */
async function isPostgresOf(pid: number, cluster: PostgresCluster): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  try {
    return (await readlink(`/proc/${pid}/cwd`)) === cluster.dataFolder;
  } catch {
    return false;
  }
}

/**
 * Starts a server on the cluster and resolves with its process once that is spawned; whether it accepts connections is
 * for the caller to find out. `settings` go over the defaults above. It belongs to no terminal and survives us, so that Ctrl-C reaches us alone and we stop
 * it in order.
 */
export async function spawnServer(
  cluster: PostgresCluster,
  settings: Readonly<Record<string, string>> = {},
): Promise<ChildProcess> {
  await removeForeignLock(cluster);
  const port = await choosePort(cluster);
  await keepPort(cluster, port);
  const size = await stat(cluster.logFile).then(
    (file) => file.size,
    () => 0,
  );
  const log = await open(cluster.logFile, size > logSizeBytesMax ? 'w' : 'a', 0o600);
  try {
    const all = { ...serverSettings, ...settings, port: String(port) };
    const flags = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const [program = '', ...before] = [...cluster.user.wrapper, cluster.binaries.postgres];
    const child = spawn(program, [...before, '-D', cluster.dataFolder, ...flags], {
      ...cluster.user.owner,
      cwd: '/',
      env: postgresEnvironment(),
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    return child;
  } finally {
    await log.close();
  }
}

/** PostgreSQL removes a stale lock file itself, unless its process id has been given to another program since. */
async function removeForeignLock(cluster: PostgresCluster): Promise<void> {
  const lockFile = join(cluster.dataFolder, 'postmaster.pid');
  const before = await readIfThere(lockFile);
  if (before === undefined || (await findServer(cluster)) !== undefined) return;
  const pid = Number(before.split('\n')[0]);
  if (isAlive(pid) && (await readIfThere(lockFile)) === before) await rm(lockFile, { force: true });
}

/** In one step, because another member may read it at the moment. */
async function keepPort({ portFile }: PostgresCluster, port: number): Promise<void> {
  if ((await readIfThere(portFile)) === String(port)) return;
  const unfinished = `${portFile}.${process.pid}`;
  await writeFile(unfinished, String(port));
  await rename(unfinished, portFile);
}

/**
 * The port of the last start, because whoever was connected knows no other. It may be taken for a moment by another
 * member that is starting the server too, so only one that stays taken is given up.
 */
async function choosePort(cluster: PostgresCluster): Promise<number> {
  const previous = Number((await readIfThere(cluster.portFile)) ?? Number.NaN);
  if (Number.isInteger(previous) && previous > 0) {
    for (let tries = 0; tries < portTries; tries += 1) {
      if ((await findFreePort(previous)) === previous) return previous;
      // It is this very server, which another member has started: ours will leave it the place.
      if ((await findServer(cluster)) !== undefined) return previous;
      await sleep(portPauseMs);
    }
  }
  const free = await findFreePort(0);
  if (free === undefined) throw new FlywheelError('UNAVAILABLE', 'No free port is left on 127.0.0.1.');
  return free;
}

/** The port itself when it is free, any free one for 0, undefined when it is taken. */
async function findFreePort(port: number): Promise<number | undefined> {
  const probe = createServer();
  return new Promise((resolve) => {
    probe.once('error', () => resolve(undefined));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : undefined));
    });
  });
}

/** What the server said last, for the sentence about a start that failed. */
export async function lastLogLine(cluster: PostgresCluster): Promise<string> {
  const lines = (await readFile(cluster.logFile, 'utf8').catch(() => '')).trim().split('\n');
  return lines.findLast((line) => /FATAL|PANIC|error/i.test(line)) ?? lines.at(-1) ?? 'it said nothing';
}

/**
 * Asks the server to finish (open transactions are rolled back) and resolves when it is gone; false when it still runs
 * after the time.
 */
export async function stopServer(
  cluster: PostgresCluster,
  pid: number,
  timeoutMs = 30_000,
): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  signal(pid);
  while ((await findServer(cluster))?.pid === pid) {
    if (Date.now() > deadline) return false;
    await sleep(20);
  }
  // It removes its lock file just before it exits; where nobody collects dead processes its id stays for ever.
  for (let waits = 0; isAlive(pid) && waits < 50; waits += 1) await sleep(10);
  return true;
}

function signal(pid: number): void {
  try {
    process.kill(pid, 'SIGINT');
  } catch {
    // It is gone already.
  }
}
