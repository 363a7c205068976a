// The first connection to a database: whether it can be reached, and whether it is new enough.

import pg from 'pg';
import { FlywheelError } from '../core/errors.js';
import { connectionFault } from './connection-fault.js';

/** The oldest PostgreSQL that the statements of the warehouse are written for. */
const oldestServerVersion = 150_000;

/**
 * A connection of its own, which the caller ends. UNAVAILABLE, with a sentence that says what to do, when the server
 * cannot be reached or is older than PostgreSQL 15.
 */
export async function openClient(url: string, applicationName: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    application_name: applicationName,
  });
  // A connection that breaks fails the next query on it; unheard, it would end the process.
  client.on('error', () => {});
  try {
    await client.connect();
    await checkVersion(client);
    return client;
  } catch (error) {
    await client.end().catch(() => {});
    throw error instanceof FlywheelError ? error : connectionFault(error, url);
  }
}

async function checkVersion(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ number: number; name: string }>(
    `SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS name`,
  );
  const version = rows[0];
  if (version === undefined || version.number >= oldestServerVersion) return;
  throw new FlywheelError(
    'UNAVAILABLE',
    `The server of DATABASE_URL is PostgreSQL ${version.name}; version 15 or newer is needed.`,
  );
}
