// One connection and one transaction for one load: statements composed by Kysely, COPY beside them.

import type { Kysely, RawBuilder } from 'kysely';
import { sql } from 'kysely';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { AnyTables } from './database.js';

/** Statements of one load, in its transaction. */
export interface Session {
  /** Runs a statement; its rows. */
  rows<T extends pg.QueryResultRow>(statement: RawBuilder<T>): Promise<readonly T[]>;
  /** Runs a statement; how many rows it touched. */
  run(statement: RawBuilder<unknown>): Promise<number>;
  /** Opens a COPY into a table; until it is closed no other statement may run. */
  copyInto(table: string, columns: readonly string[]): CopyStream;
}

export interface CopyStream {
  /** Hands over lines in COPY's text form; resolves when more may follow. Rejects when the server refused a line. */
  write(text: string): Promise<void>;
  /** Resolves when the server has taken everything. */
  close(): Promise<void>;
  /** Gives up; the connection is free for the ROLLBACK then. */
  abort(): Promise<void>;
}

/** Statements on that connection; the caller opens and ends the transaction. */
export function createSession(client: pg.PoolClient, kysely: Kysely<AnyTables>): Session {
  async function query<T extends pg.QueryResultRow>(statement: RawBuilder<T>): Promise<pg.QueryResult<T>> {
    const { sql: text, parameters } = statement.compile(kysely);
    return client.query<T>(text, [...parameters]);
  }
  return {
    rows: async (statement) => (await query(statement)).rows,
    run: async (statement) => {
      const { sql: text, parameters } = statement.compile(kysely);
      return (await client.query(text, [...parameters])).rowCount ?? 0;
    },
    copyInto(table, columns) {
      const statement = sql`COPY ${sql.table(table)} (${columnList(columns)}) FROM STDIN`.compile(kysely);
      return openCopy(client, statement.sql);
    },
  };
}

function openCopy(client: pg.PoolClient, statement: string): CopyStream {
  const stream = client.query(copyFrom(statement));
  let failure: unknown;
  const finished = new Promise<void>((resolve, reject) => {
    stream.once('finish', resolve);
    // It may fail more than once (refused, then given up); every failure must be heard, the first one counts.
    stream.on('error', reject);
  });
  finished.catch((error: unknown) => {
    failure = error;
  });
  return {
    async write(text) {
      if (failure !== undefined) throw failure;
      if (!stream.write(text)) {
        await Promise.race([new Promise<void>((resolve) => stream.once('drain', resolve)), finished]);
      }
    },
    async close() {
      if (failure === undefined) stream.end();
      await finished;
    },
    async abort() {
      stream.destroy(new Error('The load was given up.'));
      await finished.catch(() => {});
    },
  };
}

/** Columns, quoted and divided by commas. */
export function columnList(columns: readonly string[], table?: string): RawBuilder<unknown> {
  return sql.join(
    columns.map((column) => (table === undefined ? sql.ref(column) : sql.ref(`${table}.${column}`))),
  );
}

const special = /[\\\n\r\t]/;
const specials = /[\\\n\r\t]/g;
const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** One value in COPY's text form. */
export function copyText(value: string | null): string {
  if (value === null) return '\\N';
  return special.test(value)
    ? value.replace(specials, (character) => escapes[character] ?? character)
    : value;
}
