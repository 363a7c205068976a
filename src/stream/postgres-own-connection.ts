// A connection outside of the pool, for what belongs to a session: notifications and locks.

import pg from 'pg';
import { pause } from '../core/pause.js';

export interface OwnConnectionOptions {
  readonly url: string;
  /** What the server shows as the name of this client. */
  readonly applicationName: string;
  /** Called once, when the connection ends by itself or stops answering. */
  onLost(error: Error): void;
}

export interface OwnConnection {
  readonly client: pg.Client;
  /** The rows of a statement; statements of several callers take turns. */
  query<Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Never rejects; the server gives back at once what belonged to the session, where it can be reached. */
  close(): Promise<void>;
}

/** A statement that takes longer than this says that the connection is dead; the server's patience is longer. */
const queryTimeoutMs = 4_000;

/** The server lets go of a session whose machine has been silent for seven to eight seconds. */
const watchOverClient =
  'SET tcp_keepalives_idle = 3; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 2; ' +
  'SET tcp_user_timeout = 8000; SET statement_timeout = 0; SET idle_session_timeout = 0';

/**
 * Rejects when no connection can be made. A statement on it that fails because the connection did leads to `onLost`
 * as well.
 */
export async function openOwnConnection({
  url,
  applicationName,
  onLost,
}: OwnConnectionOptions): Promise<OwnConnection> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    query_timeout: queryTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 3_000,
    application_name: applicationName,
  });
  let over = false;
  let open = false;
  const lose = (error: Error) => {
    if (over) return;
    over = true;
    if (open) onLost(error);
  };
  client.on('error', lose);
  client.on('end', () => lose(new Error('The server closed the connection.')));
  let turn: Promise<unknown> = Promise.resolve();
  function query<Row extends pg.QueryResultRow>(
    text: string,
    values: readonly unknown[] = [],
  ): Promise<Row[]> {
    const result = turn.then(async () => (await client.query<Row>(text, [...values])).rows);
    turn = result.catch(() => {});
    return result;
  }

  async function close(): Promise<void> {
    over = true;
    // A server that has vanished does not confirm the end.
    const patience = new AbortController();
    const ended = client.end().catch(() => {});
    await Promise.race([ended, pause(1_000, patience.signal)]);
    patience.abort();
    client.connection.stream.destroy();
  }
  try {
    await client.connect();
    await client.query(watchOverClient);
    if (over) throw new Error('The server closed the connection.');
    open = true;
    return { client, query, close };
  } catch (error) {
    await close();
    throw error;
  }
}
