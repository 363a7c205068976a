// The watermarks in PostgreSQL: how far event time has come, from what the partitions have read.

import { type RawBuilder, sql } from 'kysely';

export interface ClockSettings {
  /** The group of consumers whose positions count, and the topics that they read. */
  readonly group: string;
  readonly topics: readonly string[];
  readonly latenessMs: number;
  readonly idleMs: number;
}

export interface ClockRow {
  readonly name: string;
  /** In milliseconds since 1970; null while nothing has been read. */
  readonly watermarkMs: number | null;
}

/**
 * Moves the clocks forward, never back, and says where they stand. A clock takes the lowest of its partitions, each
 * at its newest event less the bound of lateness; an event that claims to come from the future counts as of now. A
 * partition that has nothing to read, and has not moved for the idle time, does not hold the others; when all are
 * idle, the clock goes on by `elapsedMs` from where the newest event stood, up to where events of now would take it.
 */
export function moveClocks(
  { group, topics, latenessMs, idleMs }: ClockSettings,
  elapsedMs: number,
): RawBuilder<ClockRow> {
  const ms = (value: number) => sql`${Math.round(value)} * interval '1 millisecond'`;
  return sql<ClockRow>`
    with partitions as (
      select distinct on (topic, partition) topic, behaviour_max_at, measurement_max_at,
        stopped is not null or (next_offset >= end_offset and moved_at <= now() - ${ms(idleMs)}) as idle
      from stream_position where group_name = ${group} and topic = any(${[...topics]}::text[])
      order by topic, partition, moved_at desc
    ), seen as (
      select c.name, idle, least(c.max_at, now()) as max_at,
        bool_or(c.max_at is not null) over (partition by c.name, topic) as brings
      from partitions cross join lateral (
        values ('behaviour', behaviour_max_at), ('measurement', measurement_max_at)) as c(name, max_at)
    ), heights as (
      select name, bool_and(idle) as idle, bool_or(not idle and max_at is null) as unread,
        min(max_at) filter (where not idle) - ${ms(latenessMs)} as lowest,
        max(max_at) - ${ms(latenessMs)} as highest
      from seen where brings group by name
    ), known as (
      select coalesce(h.name, c.name) as name, c.watermark as before, h.idle, h.unread, h.lowest,
        greatest(c.watermark, h.highest) as base
      from heights as h full join live_clock as c on c.name = h.name
    ), next as (
      select name, before, date_trunc('milliseconds', case
        when idle is null or unread then before
        when idle then greatest(base, least(base + ${ms(elapsedMs)}, now() - ${ms(latenessMs)}))
        else greatest(before, lowest)
      end) as watermark
      from known
    ), moved as (
      insert into live_clock (name, watermark, moved_at)
      select name, watermark, now() from next where watermark is distinct from before and watermark is not null
      on conflict (name) do update set watermark = excluded.watermark, moved_at = excluded.moved_at
    )
    select name, (round(extract(epoch from watermark) * 1000))::float8 as "watermarkMs" from next`;
}
