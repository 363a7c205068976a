// The watermarks in PostgreSQL: how far event time has come, from what the partitions have read.

import { type RawBuilder, sql } from 'kysely';
import type { Sql } from './emit-time.js';

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

/** A moment that claims to lie in the future counts as now; unlike `least`, it leaves null as it is. */
function past(moment: Sql): Sql {
  return sql`case when ${moment} > now() then now() else ${moment} end`;
}

/**
 * Moves the clocks forward, never back, and says where they stand. A clock takes the lowest of its partitions, each
 * at its newest event less the bound of lateness; an event that claims to come from the future counts as of now. Where
 * behaviour and measurements come mixed, the newest of either kind says how far a partition is, less the idle time: one
 * stray measurement would otherwise hold its clock for as long as behaviour comes. A partition with something to read
 * of which nothing has been read holds the clock; one that has nothing to read, and has not moved for the idle time,
 * does not hold the others; when all are idle, the clock goes on by `elapsedMs` from where the newest event stood, up
 * to where events of now would take it.
 */
export function moveClocks(
  { group, topics, latenessMs, idleMs }: ClockSettings,
  elapsedMs: number,
): RawBuilder<ClockRow> {
  const ms = (value: number) => sql`${Math.round(value)} * interval '1 millisecond'`;
  return sql<ClockRow>`
    with partitions as (
      select distinct on (topic, partition) topic, next_offset < end_offset as behind,
        ${past(sql`behaviour_max_at`)} as behaviour_at, ${past(sql`measurement_max_at`)} as measurement_at,
        stopped is not null or (next_offset >= end_offset and moved_at <= now() - ${ms(idleMs)}) as idle
      from stream_position where group_name = ${group} and topic = any(${[...topics]}::text[])
      order by topic, partition, moved_at desc
    ), seen as (
      select c.name, idle, behind, greatest(c.at, behaviour_at - ${ms(idleMs)}, measurement_at - ${ms(idleMs)}) as max_at,
        bool_or(c.at is not null) over (partition by c.name, topic) as brings
      from partitions cross join lateral (
        values ('behaviour', behaviour_at), ('measurement', measurement_at)) as c(name, at)
    ), heights as (
      select name, bool_and(idle) as idle, bool_or(not idle and behind and max_at is null) as unread,
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
