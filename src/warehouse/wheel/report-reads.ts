// What a report on the wheel counts: events, decisions, what was shown and done, trainings, and how far the clocks are.

import { type RawBuilder, sql } from 'kysely';
import type { OnAbandon } from '../borrow-client.js';
import type { Database } from '../database.js';
import { runStatement } from '../run-statement.js';
import { believedBy } from '../service-reads/believed-facts.js';

/** From one moment on and before another; an end that is null is open. */
export interface WheelRange {
  readonly from: Date | null;
  readonly to: Date | null;
}

/** Where to read, and who is told what to call when nobody waits for it any more. */
export interface WheelReads {
  readonly database: Database;
  readonly onAbandon?: OnAbandon | undefined;
}

/** Fails with a FlywheelError: UNAVAILABLE, TIMEOUT or CANCELLED; so does everything that reads by it. */
export async function readWheel(
  { database, onAbandon }: WheelReads,
  statement: RawBuilder<unknown>,
): Promise<readonly (readonly unknown[])[]> {
  const { sql: text, parameters } = statement.compile(database.kysely);
  return runStatement(database, { text, values: parameters }, onAbandon);
}

/** Whether a moment is known and lies in the range. */
export function within(moment: string, { from, to }: WheelRange): RawBuilder<boolean> {
  const at = sql.ref(moment);
  const parts = [
    sql`${at} IS NOT NULL`,
    ...(from ? [sql`${at} >= ${from}`] : []),
    ...(to ? [sql`${at} < ${to}`] : []),
  ];
  return sql<boolean>`(${sql.join(parts, sql` AND `)})`;
}

const countable = {
  events: ['fact_event', 'occurred_at'],
  exposures: ['fact_exposure', 'shown_at'],
  outcomes: ['fact_outcome', 'occurred_at'],
} as const;

/** How many of them happened in the range. */
export async function countWheel(
  reads: WheelReads,
  what: keyof typeof countable,
  range: WheelRange,
): Promise<number> {
  const [table, moment] = countable[what];
  const [row] = await readWheel(
    reads,
    sql`SELECT count(*)::float8 FROM ${sql.table(table)} WHERE ${within(moment, range)}`,
  );
  return Number(row?.[0] ?? 0);
}

/** How many decisions of each kind were made in the range; kinds without any are left out. */
export async function countDecisions(
  reads: WheelReads,
  range: WheelRange,
): Promise<readonly { readonly kind: string; readonly count: number }[]> {
  const rows = await readWheel(
    reads,
    sql`SELECT kind::text, count(*)::float8 FROM fact_decision WHERE ${within('decided_at', range)}
      GROUP BY fact_decision.kind ORDER BY fact_decision.kind`,
  );
  return rows.map(([kind, count]) => ({ kind: String(kind), count: Number(count) }));
}

/** How many events of the range name a decision that is not known. */
export async function countUnknownClaims(reads: WheelReads, range: WheelRange): Promise<number> {
  const [row] = await readWheel(
    reads,
    sql`SELECT count(*)::float8 FROM decision_claim AS claim WHERE ${within('claim.occurred_at', range)}
      AND NOT EXISTS (SELECT FROM fact_decision WHERE id = claim.decision_id)`,
  );
  return Number(row?.[0] ?? 0);
}

/** When the newest event happened that the shop has reached, and when it arrived; null before the first. */
export async function readNewestEvent(
  reads: WheelReads,
): Promise<{ readonly newest: Date | null; readonly arrived: Date | null }> {
  const [row] = await readWheel(
    reads,
    sql`SELECT occurred_at, arrived_at FROM fact_event WHERE ${believedBy('occurred_at')}
      ORDER BY occurred_at DESC LIMIT 1`,
  );
  return { newest: momentOf(row?.[0]), arrived: momentOf(row?.[1]) };
}

/** How far the clock of behaviour has come; null before any was read. */
export async function readWatermark(reads: WheelReads): Promise<Date | null> {
  const [row] = await readWheel(reads, sql`SELECT watermark FROM live_clock WHERE name = 'behaviour'`);
  return momentOf(row?.[0]);
}

export interface TrainingsOfService {
  readonly service: string;
  /** Those that left a model. */
  readonly count: number;
  readonly lastAt: Date;
  /** Why the last of them was begun. */
  readonly lastReason: string;
}

/** The trainings that ended with a model in the range, by service; services without any are left out. */
export async function readTrainingsOf(
  reads: WheelReads,
  range: WheelRange,
): Promise<readonly TrainingsOfService[]> {
  const rows = await readWheel(
    reads,
    sql`SELECT DISTINCT ON (service) service, count(*) OVER (PARTITION BY service)::float8, ended_at, reason
      FROM training WHERE state = 'registered' AND ${within('ended_at', range)}
      ORDER BY service, ended_at DESC, id DESC`,
  );
  return rows.flatMap(([service, count, endedAt, reason]) => {
    const lastAt = momentOf(endedAt);
    return lastAt === null
      ? []
      : [{ service: String(service), count: Number(count), lastAt, lastReason: String(reason) }];
  });
}

export interface LearnedBy {
  readonly learner: string;
  readonly version: number;
  /** How many examples it has learned. */
  readonly examples: number;
  readonly learnedAt: Date | null;
  /** When its error was last seen to change; null for never. */
  readonly driftedAt: Date | null;
}

/** What each learner has learned, by its newest version. */
export async function readLearnedBy(reads: WheelReads): Promise<readonly LearnedBy[]> {
  const rows = await readWheel(
    reads,
    sql`SELECT DISTINCT ON (learner) learner, version, next::float8, learned_at, drifted_at FROM learner_state
      ORDER BY learner, version DESC`,
  );
  return rows.map(([learner, version, next, learnedAt, driftedAt]) => ({
    learner: String(learner),
    version: Number(version),
    examples: Number(next),
    learnedAt: momentOf(learnedAt),
    driftedAt: momentOf(driftedAt),
  }));
}

function momentOf(value: unknown): Date | null {
  return value instanceof Date ? value : null;
}
