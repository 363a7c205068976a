// The days of the calendar that sales are made on, written when a sale needs them.

import { sql } from 'kysely';
import type { Database } from '../database.js';

/** How many days are kept in memory. */
const knownMax = 100_000;

/** The number of the day in UTC that a moment lies in, such as 20111209. */
export function dayNumberOf(ms: number): number {
  const at = new Date(ms);
  return at.getUTCFullYear() * 10_000 + (at.getUTCMonth() + 1) * 100 + at.getUTCDate();
}

export interface Days {
  /** Resolves when each of these days (20111209) has its row. */
  ensure(days: ReadonlySet<number>): Promise<void>;
  forget(): void;
}

export function createDays({ kysely }: Pick<Database, 'kysely'>): Days {
  const known = new Set<number>();
  return {
    async ensure(days) {
      const missing = [...days].filter((day) => !known.has(day)).sort((a, b) => a - b);
      if (missing.length === 0) return;
      await sql`
        INSERT INTO dim_date (id, day, year, quarter, month, day_of_month, iso_year, iso_week, weekday)
        SELECT id, day, extract(year FROM day), extract(quarter FROM day), extract(month FROM day),
          extract(day FROM day), extract(isoyear FROM day), extract(week FROM day), extract(isodow FROM day)
        FROM unnest(${missing}::integer[]) AS given (id), to_date(id::text, 'YYYYMMDD') AS day
        ON CONFLICT DO NOTHING`.execute(kysely);
      if (known.size > knownMax) known.clear();
      for (const day of missing) known.add(day);
    },
    forget() {
      known.clear();
    },
  };
}
