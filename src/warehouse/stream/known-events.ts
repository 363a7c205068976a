// Which events are in the warehouse already, by their source and id.

import { sql } from 'kysely';
import type { Session } from '../session.js';

export interface EventIdentity {
  readonly source: string;
  readonly eventId: string;
}

/** The tables that events become rows of. */
export type EventTable = 'fact_event' | 'fact_measurement';

/**
 * Those of the events that the table does not hold, in their order. What another transaction is about to write is
 * not seen: writing it then waits for that transaction, and meets a unique violation if it commits.
 */
export async function withoutKnown<T extends EventIdentity>(
  session: Session,
  table: EventTable,
  events: readonly T[],
): Promise<readonly T[]> {
  if (events.length === 0) return events;
  // One look-up in the unique index per event, whatever the planner thinks of the size of the table.
  const rows = await session.rows(sql<{ place: string }>`
    SELECT given.place
    FROM unnest(
      ${events.map(({ source }) => source)}::text[], ${events.map(({ eventId }) => eventId)}::text[]
    ) WITH ORDINALITY AS given (source, event_id, place)
    CROSS JOIN LATERAL (
      SELECT FROM ${sql.table(table)} AS fact
      WHERE fact.source = given.source AND fact.event_id = given.event_id
      LIMIT 1
    ) AS there`);
  if (rows.length === 0) return events;
  const known = new Set(rows.map(({ place }) => Number(place) - 1));
  return events.filter((_, place) => !known.has(place));
}
