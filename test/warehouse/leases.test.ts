import { sql } from 'kysely';
import { assertLease } from '../../src/warehouse/lease-fence.js';
import { createLeases } from '../../src/warehouse/leases.js';
import { inTransaction } from '../../src/warehouse/transaction.js';
import { describeLeases, type LeaseServer } from '../contracts/leases.js';
import type { Cuttable } from '../support/cuttable.js';
import { createTestDatabase } from '../support/postgres.js';
import { openWay } from '../support/way.js';

/** Shorter than in earnest, so that the suite need not wait. */
const times = { ttlMs: 2_000, renewMs: 250 };

async function openServer(): Promise<LeaseServer> {
  const database = await createTestDatabase();
  await database.pool.query('CREATE TABLE diary (nth serial, lease text, entry text)');
  const ways: Cuttable[] = [];
  return {
    connect: (holder) => createLeases({ url: database.url, holder, ...times }),
    async connectMortal(holder) {
      const { way, url } = await openWay(database.url);
      ways.push(way);
      return {
        leases: createLeases({ url, holder, ...times }),
        cut: () => way.cut(),
        silence: () => way.silence(),
      };
    },
    write: (lease, entry, meanwhile) =>
      inTransaction(database, async (session) => {
        await assertLease(session, lease);
        await session.run(sql`INSERT INTO diary (lease, entry) VALUES (${lease.name}, ${entry})`);
        await meanwhile?.();
      }),
    async written(name) {
      const { rows } = await database.pool.query<{ entry: string }>(
        'SELECT entry FROM diary WHERE lease = $1 ORDER BY nth',
        [name],
      );
      return rows.map(({ entry }) => entry);
    },
    async close() {
      for (const way of ways) await way.close();
      await database.close();
    },
  };
}

describeLeases('PostgreSQL', openServer);
