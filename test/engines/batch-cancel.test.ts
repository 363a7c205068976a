// Ending the long transaction of a batch: whenever it is asked for, and without harm to whoever has the connection next.

import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pause } from '../../src/core/pause.js';
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
