// PostgreSQL as the contract suite of the event log asks for it.

import pg from 'pg';
import type { EventLog } from '../../src/stream/event-log.js';
import { createPostgresEventLog } from '../../src/stream/postgres-event-log.js';
import { createListener } from '../../src/stream/postgres-listener.js';
import type { HeldAppend, LogServer } from '../contracts/log-server.js';
import type { Cuttable } from '../support/cuttable.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { onServer } from '../support/test-server.js';
import { openWay } from '../support/way.js';

/** A log with a pool and a listener of its own, all closed with it. */
export function openLog(url: string, onFault: (error: unknown) => void = () => {}): EventLog {
  const pool = new pg.Pool({ connectionString: url, max: 8, connectionTimeoutMillis: 5_000 });
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  const listener = createListener({ url, onFault });
  const log = createPostgresEventLog({ pool, url, listener, onFault });
  let closed: Promise<void> | undefined;
  async function closeAll(): Promise<void> {
    await log.close();
    await listener.close();
    await pool.end();
  }
  return {
    ...log,
    close() {
      closed ??= closeAll();
      return closed;
    },
  };
}

/** Appends one record by hand in a transaction that stays open. */
async function holdAppend(url: string, topic: string, partition: number, value: string): Promise<HeldAppend> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('BEGIN');
  await client.query(
    `WITH moved AS (
       UPDATE log_partition part SET end_offset = end_offset + 1
       FROM log_topic topic
       WHERE topic.id = part.topic_id AND topic.name = $1 AND part.partition = $2
       RETURNING part.topic_id, part.partition, part.end_offset - 1 AS place
     )
     INSERT INTO log_entry (topic_id, partition, place, value)
     SELECT topic_id, partition, place, $3 FROM moved`,
    [topic, partition, Buffer.from(value)],
  );
  return {
    async finish(how) {
      await client.query(how === 'commit' ? 'COMMIT' : 'ROLLBACK');
      await client.end();
    },
  };
}

async function deleteTopic(url: string, topic: string): Promise<void> {
  await onServer(url, (client) =>
    client.query(
      `WITH gone AS (DELETE FROM log_topic WHERE name = $1 RETURNING id)
       DELETE FROM log_entry WHERE topic_id IN (SELECT id FROM gone)`,
      [topic],
    ),
  );
}

export async function openPostgresServer(): Promise<LogServer & { readonly database: TestDatabase }> {
  const database = await createTestDatabase();
  const ways: Cuttable[] = [];
  return {
    database,
    connect: async () => openLog(database.url),
    async connectMortal() {
      const { way, url } = await openWay(database.url);
      ways.push(way);
      return { log: openLog(url), die: async () => way.cut() };
    },
    deleteTopic: (topic) => deleteTopic(database.url, topic),
    holdAppend: (topic, partition, value) => holdAppend(database.url, topic, partition, value),
    async close() {
      for (const way of ways) await way.close();
      await database.close();
    },
  };
}
