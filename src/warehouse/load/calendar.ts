// The calendar as a dimension: a day's number follows from the date, and missing days are written when a fact needs them.

import { sql } from 'kysely';
import type { Session } from '../session.js';
import type { Members } from './members.js';
import type { Dimension } from './plan.js';

/** The number of a day, such as 20111209 for 2011-12-09. */
export function dayNumber(day: string): string {
  return String(Number(day.replaceAll('-', '')));
}

/** Members of the calendar by their day (`2011-12-09`). */
export function createCalendarMembers(session: Session, { model }: Dimension): Members {
  const known = new Map<string, string>();
  let created = 0;
  return {
    id: (day) => known.get(day),
    created: () => created,
    async resolve(days) {
      const missing = [...days].filter((day) => !known.has(day));
      if (missing.length === 0) return;
      created += await session.run(sql`
        INSERT INTO ${sql.table(model.table)}
          (id, day, year, quarter, month, day_of_month, iso_year, iso_week, weekday)
        SELECT to_char(day, 'YYYYMMDD')::integer, day, extract(year FROM day), extract(quarter FROM day),
          extract(month FROM day), extract(day FROM day), extract(isoyear FROM day), extract(week FROM day),
          extract(isodow FROM day)
        FROM unnest(${missing}::date[]) AS missing (day)
        ON CONFLICT DO NOTHING`);
      for (const day of missing) known.set(day, dayNumber(day));
    },
  };
}
