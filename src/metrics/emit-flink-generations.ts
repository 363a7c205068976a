// What is known in PostgreSQL of the windows that Flink keeps: their generations, and how far each of them is.

import { type RawBuilder, sql } from 'kysely';
import { liveChannel } from './emit-live-partials.js';
import type { LiveFact } from './live-cuts.js';
import { keptMs } from './window-of.js';

/** The windows of one fact, as Flink keeps them. */
export interface GenerationRow {
  readonly fact: string;
  readonly generation: number;
  /** A JSON object of the places by their partitions. */
  readonly starts: string;
  readonly clockMs: number;
  /** The last fact of before, and the last of those that is published, by their ids. */
  readonly lastId: string;
  readonly publishedId: string;
  readonly ready: boolean;
  readonly stale: string | null;
  /** In milliseconds since 1970; null before anything is. */
  readonly confirmedMs: number | null;
}

const columns = sql`fact, generation, starts, clock_ms::float8 as "clockMs", last_id::text as "lastId",
  published_id::text as "publishedId", ready, stale, (extract(epoch from confirmed) * 1000)::float8 as "confirmedMs"`;

export function readGenerations(): RawBuilder<GenerationRow> {
  return sql<GenerationRow>`select ${columns} from flink_generation order by fact`;
}

/** The same, which stay as they are until the transaction ends. */
export function holdGenerations(): RawBuilder<GenerationRow> {
  return sql<GenerationRow>`select ${columns} from flink_generation order by fact for share`;
}

/**
 * The facts whose clocks have stood still for longer than a time, and whose generations are older than that. While a
 * pipeline works they go on, even when nothing comes.
 */
export function readStandstills(
  facts: readonly Pick<LiveFact, 'name' | 'clock'>[],
  ms: number,
): RawBuilder<{ readonly fact: string }> {
  return sql`
    select g.fact from flink_generation as g
    join unnest(${facts.map(({ name }) => name)}::text[], ${facts.map(({ clock }) => clock)}::text[]) as f(fact, clock)
      on f.fact = g.fact
    join live_clock as c on c.name = f.clock
    where greatest(c.moved_at, g.began_at) < now() - ${ms} * interval '1 millisecond'`;
}

/** Waits for the closer to end what it is at, and holds it off until the transaction ends. */
export function holdOffCloser(): RawBuilder<unknown> {
  return sql`lock table flink_generation in exclusive mode`;
}

export interface NewGeneration {
  readonly starts: string;
  readonly clockMs: number;
  readonly layout: string;
}

/** Begins a generation of the windows of a fact, whose history are the rows of the table as they are now. */
export function beginGeneration(
  { name, parts: [{ model }] }: LiveFact,
  { starts, clockMs, layout }: NewGeneration,
): RawBuilder<unknown> {
  return sql`
    with kept as (
      insert into live_layout (model, layout) values (${name}, ${layout})
      on conflict (model) do update set layout = excluded.layout
    )
    insert into flink_generation as g (fact, starts, clock_ms, last_id)
    select ${name}, ${starts}, ${clockMs}, coalesce(max(id), 0) from ${sql.table(model.table)}
    on conflict (fact) do update set generation = excluded.generation, starts = excluded.starts,
      clock_ms = excluded.clock_ms, last_id = excluded.last_id, published_id = 0, ready = false, stale = null,
      confirmed = null, began_at = now()`;
}

/** Says why the windows of facts that Flink keeps have to be begun anew; of one generation alone, where it is named. */
export function markStale(
  facts: readonly string[],
  sentence: string,
  generation: number | null = null,
): RawBuilder<unknown> {
  return sql`
    with marked as (
      update flink_generation set stale = ${sentence}
      where fact = any(${[...facts]}::text[]) and stale is null and generation = coalesce(${generation}::int, generation)
    )
    select pg_notify(${liveChannel}, '')`;
}

export function notePublished(generation: number, publishedId: string): RawBuilder<unknown> {
  return sql`
    update flink_generation set published_id = ${publishedId}
    where generation = ${generation} and published_id < ${publishedId}::bigint`;
}

/** Flink is known to have counted everything up to a watermark. */
export function confirmClock(generation: number, watermarkMs: number): RawBuilder<unknown> {
  return sql`
    with confirmed as (
      update flink_generation set confirmed = greatest(confirmed, ${new Date(watermarkMs).toISOString()}::timestamptz)
      where generation = ${generation}
    )
    select pg_notify(${liveChannel}, '')`;
}

/**
 * The windows of a generation hold everything: all that it counts, and all that were published, are looked at again. What
 * was kept no longer when it began is in no generation, and stays as it was published until it is deleted.
 */
export function openGeneration(
  { name, groups }: LiveFact,
  { generation, clockMs }: Pick<GenerationRow, 'generation' | 'clockMs'>,
): RawBuilder<unknown> {
  const cuts = groups.flatMap((group) => group.cuts);
  const firsts = cuts.map(({ every }) => {
    const kept = keptMs(every);
    return kept === null ? '-infinity' : new Date(clockMs - kept).toISOString();
  });
  return sql`
    with opened as (update flink_generation set ready = true where generation = ${generation}),
    known as (
      select w.cut, w.window_start, w.key from live_window as w
      join unnest(${cuts.map((cut) => cut.name)}::text[], ${firsts}::timestamptz[]) as k(cut, first)
        on w.cut = k.cut and w.window_start >= k.first
      union select cut, window_start, key from live_partial where split_part(cut, '/', 1) = ${name} and not late
    ), queued as (
      insert into live_change (cut, window_start, key) select cut, window_start, key from known order by window_start
    )
    select pg_notify(${liveChannel}, '')`;
}

/** The last message of some topics that waits to be appended; null for none. */
export function lastWaiting(topics: readonly string[]): RawBuilder<{ readonly id: string | null }> {
  return sql`select max(id)::text as id from outbox where topic = any(${[...topics]}::text[])`;
}

/** Whether messages of some topics wait, up to one. */
export function isWaiting(topics: readonly string[], id: string): RawBuilder<{ readonly waits: boolean }> {
  return sql`
    select exists (select from outbox where topic = any(${[...topics]}::text[]) and id <= ${id}::bigint) as waits`;
}
