// The segment on each customer is written in bulk, beside whoever adds facts or loads files.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readCustomersAfter, writeSegments } from '../../src/warehouse/customer-segments.js';
import { LeaseLost } from '../../src/warehouse/lease-fence.js';
import { loadFile } from '../../src/warehouse/load/load-file.js';
import { takeMembersTurn } from '../../src/warehouse/members-turn.js';
import { inTransaction } from '../../src/warehouse/transaction.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { fillSmallShop, smallShop } from '../support/small-shop.js';
import { useTemporaryFiles } from './load/temporary-files.js';

const lease = { name: 'segments', number: 3n };
const file = useTemporaryFiles();
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  await fillSmallShop(database.pool);
  await database.pool.query(
    `INSERT INTO lease (name, number, holder, expires_at, backend_pid, backend_start)
     VALUES ('segments', 3, 'test', 'infinity', 0, '-infinity')`,
  );
});
afterAll(() => database?.close());
beforeEach(() => database.pool.query('UPDATE dim_customer SET segment = NULL'));

/** Every customer with its segment and the transaction that wrote its row last. */
async function stored() {
  const { rows } = await database.pool.query<{ id: number; segment: string | null; xmin: string }>(
    'SELECT id, segment, xmin::text FROM dim_customer ORDER BY id',
  );
  return rows;
}

const ids = async () => (await stored()).map(({ id }) => id);

describe('customers', () => {
  it('are read in pages, each once', async () => {
    await database.pool.query(`INSERT INTO dim_customer (code) VALUES ('')`);
    const codes: string[] = [];
    let page = await readCustomersAfter(database, 0, 7);
    for (let last = page.at(-1); last !== undefined; last = page.at(-1)) {
      expect(page.length).toBeLessThanOrEqual(7);
      codes.push(...page.map(({ code }) => code));
      page = await readCustomersAfter(database, last.id, 7);
    }
    await database.pool.query(`DELETE FROM dim_customer WHERE code = ''`);
    expect(codes).toHaveLength(smallShop.customers);
    expect(new Set(codes).size).toBe(smallShop.customers);
  });
});

describe('segments', () => {
  it('are written where they differ, and nowhere else', async () => {
    const [first = 0, second = 0, third = 0, ...others] = await ids();
    const some = [
      { id: first, segment: 'LOYAL' },
      { id: second, segment: 'AT_RISK' },
      { id: third, segment: null },
      { id: 2_000_000_000, segment: 'NEW' },
    ] as const;
    expect(await writeSegments(database, lease, some)).toBe(2);
    const before = await stored();
    expect(before.filter(({ segment }) => segment !== null)).toMatchObject([
      { id: first, segment: 'LOYAL' },
      { id: second, segment: 'AT_RISK' },
    ]);
    expect(await writeSegments(database, lease, some)).toBe(0);
    expect(await stored()).toEqual(before);

    expect(await writeSegments(database, lease, [{ id: second, segment: null }])).toBe(1);
    const after = await stored();
    expect(after.find(({ id }) => id === second)?.segment).toBeNull();
    const untouched = new Set([first, third, ...others]);
    expect(after.filter(({ id }) => untouched.has(id))).toEqual(before.filter(({ id }) => untouched.has(id)));
  });

  it('are not written by who has lost the lease', async () => {
    const [first = 0] = await ids();
    const older = { ...lease, number: 2n };
    await expect(writeSegments(database, older, [{ id: first, segment: 'NEW' }])).rejects.toThrow(LeaseLost);
    expect((await stored())[0]?.segment).toBeNull();
  });

  it('wait for no file, and for none who adds facts', async () => {
    const assigned = (await ids()).map((id) => ({ id, segment: 'NEW' }) as const);
    await inTransaction(database, async (session) => {
      await takeMembersTurn(session);
      expect(await writeSegments(database, lease, assigned)).toBeUndefined();
    });
    const client = await database.pool.connect();
    try {
      await client.query('BEGIN');
      await client.query(
        `INSERT INTO fact_event (source, event_id, type, customer_id, occurred_at)
         SELECT 'web', 'e' || id, 'view', id, now() FROM dim_customer ORDER BY id DESC`,
      );
      expect(await writeSegments(database, lease, assigned)).toBe(assigned.length);
      await client.query('ROLLBACK');
    } finally {
      client.release();
    }
  });

  it('and files of customers never stand in each other’s way', async () => {
    const known = await ids();
    const path = (version: number) =>
      file(
        'customers.csv',
        `code,name\n${known
          .map((_, place) => `C${String(place + 1).padStart(3, '0')},Name ${version}\n`)
          .reverse()
          .join('')}`,
      );
    const mapping = { model: 'Customer', fields: { code: 'code', name: 'name' } };
    const segments = ['NEW', 'ACTIVE', 'LOST'] as const;
    for (let round = 0; round < 8; round += 1) {
      const segment = segments[round % segments.length] ?? 'NEW';
      const loading = loadFile({ database, file: await path(round), mapping });
      const writing = Array.from({ length: 3 }, () =>
        writeSegments(
          database,
          lease,
          known.map((id) => ({ id, segment })),
        ),
      );
      const [summary] = await Promise.all([loading, ...writing]);
      expect(summary).toMatchObject({ updated: smallShop.customers });
      await writeSegments(
        database,
        lease,
        known.map((id) => ({ id, segment })),
      );
      const { rows } = await database.pool.query('SELECT DISTINCT name, segment FROM dim_customer');
      expect(rows).toEqual([{ name: `Name ${round}`, segment }]);
    }
  });
});
