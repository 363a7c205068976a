// Gives a process the warehouse: the user's own PostgreSQL, or one embedded server per data folder.

import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { FlywheelError } from '../core/errors.js';
import { clusterUser, openCluster, type PostgresCluster } from './postgres-cluster.js';
import { findServer, lastLogLine, spawnServer, stopServer } from './postgres-process.js';

export interface WarehouseOptions {
  /** A PostgreSQL of the user's own; without it, the embedded one. */
  readonly databaseUrl?: string | undefined;
  /** The folder of FLYWHEEL_DATA_DIR. */
  readonly dataDir: string;
  /** Settings of the embedded server over its own. */
  readonly settings?: Readonly<Record<string, string>>;
  /** How long the embedded server may take to start, recovery after a crash included (120,000 ms). */
  readonly startTimeoutMs?: number;
}

export interface Warehouse {
  readonly url: string;
  readonly embedded: boolean;
  /** Leaves the embedded server, and stops it when nobody else uses it; a second call does nothing. */
  close(): Promise<void>;
}

const databaseName = 'flywheel';

/** Every process that uses the server holds this lock shared; who can hold it alone is the last one. */
const memberLock = 7_203_951_845n;

/**
 * Processes of one data folder share one server: the first starts it, the last to leave stops it. Membership is a
 * lock in the server itself, held by a connection, so a killed process leaves with its connection. A server that
 * dies while it has members is started again by them.
 */
export async function openWarehouse(options: WarehouseOptions): Promise<Warehouse> {
  if (options.databaseUrl !== undefined) {
    return { url: options.databaseUrl, embedded: false, close: async () => {} };
  }
  const cluster = await openCluster(join(options.dataDir, 'postgres'), options.settings?.fsync !== 'off');
  const membership = await keepMembership(cluster, options);
  try {
    await ensureDatabase(membership.client());
  } catch (error) {
    await membership.leave();
    throw error;
  }
  return {
    url: urlOf(cluster, membership.port, databaseName),
    embedded: true,
    close: membership.leave,
  };
}

interface Member {
  readonly client: pg.Client;
  readonly port: number;
  readonly pid: number;
}

interface Membership {
  readonly port: number;
  client(): pg.Client;
  leave(): Promise<void>;
}

async function keepMembership(cluster: PostgresCluster, options: WarehouseOptions): Promise<Membership> {
  let member = await becomeMember(cluster, options);
  let leaving: Promise<void> | undefined;
  let rejoining: Promise<void> | undefined;

  async function rejoin(): Promise<void> {
    while (leaving === undefined) {
      try {
        member = await becomeMember(cluster, options);
        member.client.once('end', watch);
        return;
      } catch {
        // Queries fail as UNAVAILABLE meanwhile; what hinders the server is in its log.
        await sleep(1_000);
      }
    }
  }
  function watch(): void {
    if (leaving === undefined) rejoining = rejoin();
  }
  async function finish(): Promise<void> {
    await rejoining;
    await leave(cluster, member);
  }

  member.client.once('end', watch);
  return {
    port: member.port,
    client: () => member.client,
    leave() {
      leaving ??= finish();
      return leaving;
    },
  };
}

/** Finds or starts the server and becomes a member of it; starts anew when the server was just being stopped. */
async function becomeMember(cluster: PostgresCluster, options: WarehouseOptions): Promise<Member> {
  const deadline = Date.now() + (options.startTimeoutMs ?? 120_000);
  let child: ChildProcess | undefined;
  let startsLeft = 3;
  while (Date.now() < deadline) {
    const server = await findServer(cluster);
    if (server !== undefined) {
      const client = await connectAsMember(urlOf(cluster, server.port, 'postgres'));
      if (client !== undefined) return { client, ...server };
    } else if (child === undefined || child.exitCode !== null || child.signalCode !== null) {
      // Between the choice of a free port and its use another program may have taken it: hence more than one start.
      if (startsLeft === 0) {
        throw new FlywheelError(
          'UNAVAILABLE',
          `The embedded PostgreSQL does not start: ${await lastLogLine(cluster)} (its log is ${cluster.logFile}).`,
        );
      }
      startsLeft -= 1;
      child = await spawnServer(cluster, options.settings);
    }
    await sleep(25);
  }
  throw new FlywheelError(
    'UNAVAILABLE',
    `The embedded PostgreSQL did not accept connections in time; its log is ${cluster.logFile}.`,
  );
}

/** Undefined while the server is not ready, or when its last member is about to stop it. */
async function connectAsMember(url: string): Promise<pg.Client | undefined> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    application_name: 'flywheel member',
  });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ joined: boolean }>(
      'SELECT pg_try_advisory_lock_shared($1) AS joined',
      [memberLock.toString()],
    );
    if (rows[0]?.joined === true) return client;
  } catch {
    // Not ready yet, or going down: the caller looks again.
  }
  await client.end().catch(() => {});
  return undefined;
}

async function leave(cluster: PostgresCluster, member: Member): Promise<void> {
  const { client, pid } = member;
  let last = false;
  try {
    const key = [memberLock.toString()];
    await client.query('SELECT pg_advisory_unlock_shared($1)', key);
    const { rows } = await client.query<{ alone: boolean }>('SELECT pg_try_advisory_lock($1) AS alone', key);
    last = rows[0]?.alone === true;
  } catch {
    // The server is gone already.
  }
  if (last && !(await stopServer(cluster, pid))) {
    throw new FlywheelError('UNAVAILABLE', `The embedded PostgreSQL (process ${pid}) does not stop.`);
  }
  await client.end().catch(() => {});
}

async function ensureDatabase(client: pg.Client): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [databaseName]);
  if (rowCount !== 0) return;
  try {
    await client.query(`CREATE DATABASE ${pg.escapeIdentifier(databaseName)}`);
  } catch (error) {
    // Another start may have made it in between, which the server reports in one of two ways.
    const code = error instanceof pg.DatabaseError ? error.code : undefined;
    if (code !== '42P04' && code !== '23505') throw error;
  }
}

function urlOf(cluster: PostgresCluster, port: number, database: string): string {
  return `postgresql://${clusterUser}:${cluster.password}@127.0.0.1:${port}/${database}`;
}
