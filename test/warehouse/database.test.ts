import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase } from '../../src/warehouse/database.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { onServer } from '../support/test-server.js';

describe('database', () => {
  let database: TestDatabase;
  const lost: string[] = [];
  beforeAll(async () => {
    database = await createTestDatabase({
      poolSize: 2,
      statementTimeoutMs: 200,
      connectTimeoutMs: 300,
      onConnectionLost: (error) => lost.push(error.message),
    });
  });
  afterAll(() => database.close());

  it('shows the same rows through pg, Kysely and the Prisma client', async () => {
    await database.prisma.region.create({ data: { name: 'Åland' } });
    const { rows } = await database.pool.query('SELECT name FROM dim_region');
    const kysely = await sql<{ name: string }>`SELECT name FROM ${sql.table('dim_region')}`.execute(
      database.kysely,
    );
    expect(rows).toEqual([{ name: 'Åland' }]);
    expect(kysely.rows).toEqual(rows);
  });

  it('loses no digit of numeric and int8', async () => {
    const { rows } = await database.pool.query(
      'SELECT 12345678901.2345::numeric AS amount, 9007199254740993::int8 AS id',
    );
    expect(rows).toEqual([{ amount: '12345678901.2345', id: '9007199254740993' }]);
  });

  it('stops a statement that runs too long', async () => {
    await expect(database.pool.query('SELECT pg_sleep(30)')).rejects.toMatchObject({ code: '57014' });
  });

  it('fails the caller who waits too long for a connection', async () => {
    const held = [await database.pool.connect(), await database.pool.connect()];
    await expect(database.pool.query('SELECT 1')).rejects.toThrow(/timeout/);
    for (const client of held) client.release();
    await expect(database.pool.query('SELECT 1')).resolves.toMatchObject({ rowCount: 1 });
  });

  it('survives the loss of its connections and connects anew', async () => {
    await database.pool.query('SELECT 1');
    await onServer(database.url, (client) =>
      client.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()`,
      ),
    );
    await expect.poll(() => lost.length).toBeGreaterThan(0);
    await expect(database.pool.query('SELECT 1')).resolves.toMatchObject({ rowCount: 1 });
    await expect(database.prisma.region.count()).resolves.toBe(1);
  });

  it('closes once, however often it is asked', async () => {
    const another = createDatabase({ url: database.url });
    await another.pool.query('SELECT 1');
    await Promise.all([another.close(), another.close()]);
    await another.close();
    await expect(another.pool.query('SELECT 1')).rejects.toThrow(/end/);
  });
});
