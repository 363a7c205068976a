// Which facts a read for a service believes: those that a clock far ahead has dated would move what counts as now.

import { type RawBuilder, sql } from 'kysely';

/** So far ahead of now a fact may be dated. */
export const aheadHoursMax = 24;

/**
 * Holds for a fact whose moment, in that column, is at most a day ahead of the clock of the database. Clocks differ, and
 * some sources write local time, but the newest of these facts is a moment that the shop has reached. Others are left out
 * until their time has come.
 */
export function believedBy(column: 'sold_at' | 'occurred_at'): RawBuilder<unknown> {
  return sql`${sql.ref(column)} <= now() + interval '${sql.raw(`${aheadHoursMax} hours`)}'`;
}
