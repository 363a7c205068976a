// Long transactions of batches: ended whenever that is asked for, and refused where a file changed what an engine read.

import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pause } from '../../src/core/pause.js';
import { noteLoads } from '../../src/warehouse/batches/loads-meanwhile.js';
import { inLongTransaction } from '../../src/warehouse/batches/long-transaction.js';
import type { Session } from '../../src/warehouse/session.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const endless = (session: Session) => session.run(sql`SELECT pg_sleep(600)`);

describe('a long transaction', () => {
  it('is not begun when its end is asked for while it waits for a connection', async () => {
    const ending = new AbortController();
    let hasBegun = false;
    const outcome = inLongTransaction(database, ending.signal, async () => {
      hasBegun = true;
    });
    ending.abort();
    await expect(outcome).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(hasBegun).toBe(false);
  });

  it('is ended in the midst of a statement', async () => {
    const ending = new AbortController();
    const outcome = inLongTransaction(database, ending.signal, async (session) => {
      setTimeout(() => ending.abort(), 100);
      await endless(session);
    });
    await expect(outcome).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('is ended by the next statement when its end is asked for between two', async () => {
    const ending = new AbortController();
    const outcome = inLongTransaction(database, ending.signal, async (session) => {
      ending.abort();
      // The first wish of an end has found nothing to end by then.
      await pause(500);
      await endless(session);
    });
    await expect(outcome).rejects.toMatchObject({ code: 'CANCELLED' });
    const { rows } = await sql<{ one: number }>`SELECT 1 AS one`.execute(database.kysely);
    expect(rows).toEqual([{ one: 1 }]);
  });
});

describe('what an engine found in the warehouse', () => {
  const never = new AbortController().signal;
  const load = (sha: string) =>
    database.pool.query(
      `INSERT INTO load_file (name, sha256, model, source, rows, rejected) VALUES ('a.csv', $1, 'Sale', '', 1, 0)
        ON CONFLICT (sha256, model, source) DO UPDATE SET loaded_at = clock_timestamp()`,
      [sha],
    );

  it('is kept where no file was loaded meanwhile', async () => {
    for (const sha of ['first', 'second']) {
      const check = await noteLoads(database);
      await inLongTransaction(database, never, check);
      await load(sha);
    }
  });

  it('is refused where one was, for the first time or again', async () => {
    for (const sha of ['third', 'first']) {
      const check = await noteLoads(database);
      await pause(5);
      await load(sha);
      await expect(inLongTransaction(database, never, check)).rejects.toMatchObject({ code: 'CONFLICT' });
    }
  });
});
