// What the system knows of the world at a moment: how far the log was read, its clock, and what is switched off.

import { sql } from 'kysely';
import type { Database } from '../database.js';
import { explainDatabaseError } from '../database-error.js';
import type { Session } from '../session.js';

/** What the system may do by itself, each of which can be switched off. */
export const automaticActions = ['RECOMMEND', 'CAMPAIGN', 'REORDER', 'LEARNING'] as const;
export type AutomaticAction = (typeof automaticActions)[number];

export interface World {
  /** The place of the next record of each partition of the topics that bring events, as JSON text. */
  readonly position: string;
  /** The clock of the event log, in milliseconds since 1970: its watermark; null before any behaviour was read. */
  readonly watermarkMs: number | null;
  /** What the system may not do by itself. */
  readonly off: ReadonlySet<AutomaticAction>;
}

/** In one statement; `topics` are those that bring events. UNAVAILABLE or TIMEOUT when the database is away. */
export async function readWorld(
  { kysely }: Pick<Database, 'kysely'>,
  topics: readonly string[],
): Promise<World> {
  try {
    const { rows } = await sql<{ position: string | null; watermark: Date | null; off: string[] | null }>`
      SELECT
        (SELECT json_object_agg(place, next ORDER BY place)::text FROM (
          SELECT DISTINCT ON (topic, partition) topic || '/' || partition AS place, next_offset AS next
          FROM stream_position WHERE topic = ANY(${[...topics]}::text[])
          ORDER BY topic, partition, moved_at DESC
        ) AS latest) AS position,
        (SELECT watermark FROM live_clock WHERE name = 'behaviour') AS watermark,
        (SELECT array_agg(action) FROM wheel_switch WHERE NOT "on") AS off`.execute(kysely);
    const [row] = rows;
    return {
      position: row?.position ?? '{}',
      watermarkMs: row?.watermark?.getTime() ?? null,
      off: new Set(automaticActions.filter((action) => row?.off?.includes(action) === true)),
    };
  } catch (error) {
    throw explainDatabaseError(error);
  }
}

/** Whether something is switched off, as the caller's transaction sees it. */
export async function isOff(session: Session, action: AutomaticAction): Promise<boolean> {
  const rows = await session.rows(sql<{ off: boolean }>`
    SELECT true AS off FROM wheel_switch WHERE action = ${action} AND NOT "on"`);
  return rows.length > 0;
}

/** Switches something on or off, for every replica from its next decision on. */
export async function writeSwitch(
  { kysely }: Pick<Database, 'kysely'>,
  action: AutomaticAction,
  on: boolean,
  changedBy: string | null,
): Promise<void> {
  try {
    await sql`
      INSERT INTO wheel_switch (action, "on", changed_by) VALUES (${action}, ${on}, ${changedBy})
      ON CONFLICT (action) DO UPDATE
      SET "on" = excluded."on", changed_by = excluded.changed_by, changed_at = now()`.execute(kysely);
  } catch (error) {
    throw explainDatabaseError(error);
  }
}

export interface AutomaticSwitch {
  readonly action: AutomaticAction;
  readonly on: boolean;
  readonly changedAt: Date | null;
  readonly changedBy: string | null;
}

/** Every action, and whether it is on; those that nobody ever switched are. */
export async function readSwitches({
  kysely,
}: Pick<Database, 'kysely'>): Promise<readonly AutomaticSwitch[]> {
  try {
    const { rows } = await sql<{ action: string; on: boolean; changed_at: Date; changed_by: string | null }>`
      SELECT action, "on", changed_at, changed_by FROM wheel_switch`.execute(kysely);
    return automaticActions.map((action) => {
      const row = rows.find((one) => one.action === action);
      return {
        action,
        on: row?.on ?? true,
        changedAt: row?.changed_at ?? null,
        changedBy: row?.changed_by ?? null,
      };
    });
  } catch (error) {
    throw explainDatabaseError(error);
  }
}
