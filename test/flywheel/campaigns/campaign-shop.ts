// Customers of segments in an empty warehouse, and what campaigns have handed to the log, stored as the pipeline does.

import { type Decision, decodeDecision } from '../../../src/events/decision.js';
import type { RunDeps } from '../../../src/flywheel/campaigns/run-campaign.js';
import { inTransaction } from '../../../src/warehouse/transaction.js';
import { writeDecisions } from '../../../src/warehouse/wheel/write-decisions.js';
import type { TestDatabase } from '../../support/postgres.js';

/** A Monday, at ten. */
export const startMs = Date.parse('2026-03-02T10:00:00Z');
export const dayMs = 86_400_000;

export function depsOf(database: TestDatabase, chunkSize = 7): RunDeps {
  return {
    database,
    chunkSize,
    inputTopics: ['user-behavior'],
    decisionsTopic: 'flywheel.decisions',
    wallMs: () => startMs,
  };
}

/** Customers `PREFIX001` and so on. */
export async function addCustomers(
  { pool }: TestDatabase,
  prefix: string,
  segment: string,
  count: number,
): Promise<void> {
  await pool.query(
    `INSERT INTO dim_customer (code, segment)
     SELECT $1 || lpad(n::text, 3, '0'), $2::segment_name FROM generate_series(1, $3::integer) AS n`,
    [prefix, segment, count],
  );
}

export async function setClock({ pool }: TestDatabase, atMs: number): Promise<void> {
  await pool.query(
    `INSERT INTO live_clock (name, watermark) VALUES ('behaviour', $1)
     ON CONFLICT (name) DO UPDATE SET watermark = excluded.watermark`,
    [new Date(atMs)],
  );
}

export async function emptyShop({ pool }: TestDatabase): Promise<void> {
  await pool.query(
    `TRUNCATE campaign, campaign_offer, wheel_trigger, outbox, wheel_switch, lease, live_clock, fact_decision, fact_decision_slot,
      policy_tally, dim_customer, dim_product CASCADE`,
  );
}

/** What is in the outbox, oldest first. */
export async function decided({ pool }: Pick<TestDatabase, 'pool'>): Promise<readonly Decision[]> {
  const { rows } = await pool.query<{ topic: string; value: Buffer }>(
    'SELECT topic, value FROM outbox ORDER BY id',
  );
  return rows.map(({ topic, value }) => {
    if (topic !== 'flywheel.decisions') throw new Error(`A decision went to ${topic}.`);
    const decoded = decodeDecision({ value, headers: {} });
    if (!decoded.ok) throw new Error(decoded.reason);
    return decoded.event.decision;
  });
}

/** Takes everything out of the outbox and stores it. */
export async function store(database: TestDatabase): Promise<readonly Decision[]> {
  const decisions = await decided(database);
  const { rows } = await database.pool.query<{ id: number; code: string }>(
    'SELECT id, code FROM dim_customer',
  );
  const ids = new Map(rows.map(({ id, code }) => [code, id]));
  await inTransaction(database, (session) =>
    writeDecisions(
      session,
      decisions.map((decision) => ({
        decision,
        customerId: ids.get(decision.customer ?? '') ?? null,
        productId: null,
        slotProductIds: decision.slots.map(() => null),
      })),
    ),
  );
  await database.pool.query('DELETE FROM outbox');
  return decisions;
}

/** As if the offers had been shown, their time were over, and those customers had bought who are named. */
export async function answer(
  { pool }: TestDatabase,
  decisions: readonly Decision[],
  buys: (decision: Decision) => boolean,
): Promise<void> {
  await pool.query(
    `UPDATE fact_decision_slot SET shown_at = $2, closes_at = $2::timestamptz + interval '1 hour', lesson = 'none',
       bought_at = CASE WHEN decision_id = ANY($3) THEN $2::timestamptz END
     WHERE decision_id = ANY($1)`,
    [decisions.map(({ id }) => id), new Date(startMs), decisions.filter(buys).map(({ id }) => id)],
  );
}
