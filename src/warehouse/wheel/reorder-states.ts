// How each product stood to its reorder point, and the decisions that follow from a change of that.

import { sql } from 'kysely';
import type { Lease } from '../../core/lease.js';
import type { Database } from '../database.js';
import { assertLease } from '../lease-fence.js';
import { type OutboxEntry, publish } from '../outbox.js';
import { believedBy } from '../service-reads/believed-facts.js';
import { dateOf, readRows } from '../service-reads/read-rows.js';
import type { Session } from '../session.js';
import { inTransaction } from '../transaction.js';
import { type StockRead, stockColumns, stockOf, stockTables } from './stock.js';

/** How a product stood when that last changed. */
export interface ReorderState {
  /** Whether goods were to be ordered. */
  readonly isBelow: boolean;
  /** The last decision to order; null for none yet. */
  readonly decisionId: string | null;
  /** The last count, sale or return that it was worked out from. */
  readonly lookedAt: Date;
}

export interface WatchedStock extends StockRead {
  /** Null for a product that was never looked at. */
  readonly state: ReorderState | null;
}

export interface StockBook {
  readonly products: readonly WatchedStock[];
  /** The newest sale of the shop; null while it has sold nothing. */
  readonly newestSaleAt: Date | null;
}

/**
 * Every product that was ever counted, in the order of their keys. The state of one that has none, as in a warehouse that
 * was filled anew from the log, follows from the last decision to order it. UNAVAILABLE, TIMEOUT or CANCELLED.
 */
export async function readStockBook(database: Database, signal?: AbortSignal): Promise<StockBook> {
  const rows = await readRows(
    database,
    sql`SELECT (SELECT max(sold_at) FROM fact_sales WHERE ${believedBy('sold_at')}),
      COALESCE(state.is_below, true), COALESCE(state.decision_id, last.id),
      COALESCE(state.looked_at, last.decided_at), ${stockColumns}
      FROM ${stockTables} LEFT JOIN reorder_state AS state ON state.product_id = product.id
      LEFT JOIN LATERAL (
        SELECT id, decided_at FROM fact_decision AS decision
        WHERE state.product_id IS NULL AND decision.product_id = product.id AND decision.kind = 'REORDER'
        ORDER BY decided_at DESC, id DESC LIMIT 1
      ) AS last ON true
      ORDER BY product.id`,
    signal,
  );
  return {
    newestSaleAt: dateOf(rows[0]?.[0]),
    products: rows.map(([_newest, isBelow, decisionId, lookedAt, ...stock]) => {
      const at = dateOf(lookedAt);
      const state =
        at === null
          ? null
          : {
              isBelow: isBelow === true,
              decisionId: typeof decisionId === 'string' ? decisionId : null,
              lookedAt: at,
            };
      return { ...stockOf(stock), state };
    }),
  };
}

/** Another state of a product, with the decision to order where goods are to be ordered now. */
export interface ReorderChange {
  readonly productId: number;
  readonly state: ReorderState;
  readonly decision: OutboxEntry | null;
}

/**
 * Writes the states and hands the decisions to the outbox in one transaction, so that there is one decision for each
 * crossing wherever the process dies. Resolves to false, having written nothing, where ordering by itself is switched
 * off by now. Throws LeaseLost when somebody else watches stock by now, UNAVAILABLE or TIMEOUT when the database is away.
 */
export async function writeReorderChanges(
  database: Pick<Database, 'pool' | 'kysely'>,
  lease: Pick<Lease, 'name' | 'number'>,
  changes: readonly ReorderChange[],
): Promise<boolean> {
  return inTransaction(database, async (session) => {
    await assertLease(session, lease);
    if (await isSwitchedOff(session)) return false;
    await session.run(sql`
      INSERT INTO reorder_state (product_id, is_below, decision_id, looked_at)
      SELECT * FROM unnest(
        ${changes.map(({ productId }) => productId)}::integer[], ${changes.map(({ state }) => state.isBelow)}::boolean[],
        ${changes.map(({ state }) => state.decisionId)}::text[],
        ${changes.map(({ state }) => state.lookedAt.toISOString())}::timestamptz[])
      ON CONFLICT (product_id) DO UPDATE
      SET is_below = excluded.is_below, decision_id = excluded.decision_id, looked_at = excluded.looked_at`);
    await publish(
      session,
      changes.flatMap(({ decision }) => decision ?? []),
    );
    return true;
  });
}

/** Read in the transaction that decides, since working out what to order takes its time. */
async function isSwitchedOff(session: Session): Promise<boolean> {
  const off = await session.rows(sql<{ action: string }>`
    SELECT action FROM wheel_switch WHERE action = 'REORDER' AND NOT "on"`);
  return off.length > 0;
}
