// What a caller sees when the database goes away, is slow, or is no longer waited for.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CutLine, openCutLine } from '../support/cut-line.js';
import { type Gateway, startGateway } from '../support/gateway.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { fillSmallShop } from '../support/small-shop.js';

const queries = {
  'a planned read': '{ products(first: 2) { nodes { code } } }',
  'a report': '{ report(metrics: [REVENUE]) { totals { value } } }',
};

const poolSize = 3;

describe('a database that fails', () => {
  let database: TestDatabase;
  let line: CutLine;
  let gateway: Gateway;

  beforeAll(async () => {
    database = await createTestDatabase();
    await fillSmallShop(database.pool);
    line = await openCutLine(database.url);
    gateway = await startGateway(
      { ...database, url: line.url },
      { FLYWHEEL_STATEMENT_TIMEOUT_MS: '1500', FLYWHEEL_POOL_SIZE: String(poolSize) },
    );
  });
  afterAll(async () => {
    await gateway?.close();
    await line?.close();
    await database?.close();
  });

  async function ask(query: string, signal?: AbortSignal) {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
      ...(signal ? { signal } : {}),
    });
    return JSON.parse(await response.text());
  }

  /** Holds the tables so that every read of them waits. */
  async function whileLocked(work: () => Promise<void>): Promise<void> {
    const client = await database.pool.connect();
    try {
      await client.query('begin');
      await client.query('lock table dim_product, fact_sales in access exclusive mode');
      await work();
    } finally {
      await client.query('rollback');
      client.release();
    }
  }

  const waiting = async (): Promise<number> => {
    const { rows } = await database.pool.query<{ count: number }>(
      "select count(*)::int as count from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    return rows[0]?.count ?? 0;
  };

  for (const [name, query] of Object.entries(queries)) {
    it(`answers ${name} with UNAVAILABLE while it is away, and as before when it is back`, async () => {
      const before = await ask(query);
      expect(before.errors).toBeUndefined();
      await line.cut();
      for (let round = 0; round < 3; round++) {
        const during = await ask(query);
        expect(during.errors[0]).toMatchObject({
          message: 'The warehouse cannot be reached at the moment; try again shortly.',
          extensions: { code: 'UNAVAILABLE' },
        });
      }
      expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
      await expect
        .poll(async () => (await fetch(`${gateway.url}/readyz`)).status, { timeout: 10_000 })
        .toBe(503);
      await line.mend();
      expect(await ask(query)).toEqual(before);
      await expect
        .poll(async () => (await fetch(`${gateway.url}/readyz`)).status, { timeout: 10_000 })
        .toBe(200);
    });

    it(`stops ${name} when it lasts too long`, async () => {
      await whileLocked(async () => {
        const { errors } = await ask(query);
        expect(errors[0].extensions.code).toBe('TIMEOUT');
      });
      expect((await ask(query)).errors).toBeUndefined();
    });

    it.each([1, poolSize])(
      `stops ${name} on the server when its client leaves, %d at once`,
      async (count) => {
        await whileLocked(async () => {
          const leaving = new AbortController();
          const asked = Array.from({ length: count }, () => ask(query, leaving.signal).catch(() => 'left'));
          await expect.poll(waiting, { timeout: 1_400, interval: 20 }).toBe(count);
          leaving.abort();
          expect(new Set(await Promise.all(asked))).toEqual(new Set(['left']));
          // The statement time-out would end it too, but not so soon.
          await expect.poll(waiting, { timeout: 1_000, interval: 20 }).toBe(0);
        });
        expect((await ask(query)).errors).toBeUndefined();
      },
    );
  }
});
