// The newest windows of a cut, and how far what they hold has been published, as one statement each.

import { type RawBuilder, sql } from 'kysely';
import type { KeyFilter } from './live.js';

export interface WindowsRequest {
  readonly cut: string;
  readonly last: number;
  readonly filter: KeyFilter;
  readonly resultsTopic: string;
  readonly rowsMax: number;
}

/**
 * Rows of (pending, message): the messages of the newest windows that hold a wanted key, oldest window first, and in
 * each row the id of the last message that was still to be published at that moment, or null. One row with a null
 * message when there are none.
 */
export function windowsStatement(request: WindowsRequest): RawBuilder<unknown> {
  const { cut, last, filter, resultsTopic, rowsMax } = request;
  const conditions = filter.flatMap((keys, place) => {
    if (keys === undefined) return [];
    const known = keys.filter((key) => key !== null);
    const key = sql`(w.key::jsonb ->> ${sql.lit(place)})`;
    const isKnown = sql`${key} = any(${known}::text[])`;
    return [keys.length === known.length ? sql`and ${isKnown}` : sql`and (${isKnown} or ${key} is null)`];
  });
  const wanted = sql`w.cut = ${cut} ${sql.join(conditions, sql` `)}`;
  // One step down the key for each window, however many keys a window has.
  return sql`
    with recursive newest (start, place) as (
      (select w.window_start::timestamptz, 1 from live_window w where ${wanted} order by w.window_start desc limit 1)
      union all
      select (select max(w.window_start) from live_window w where ${wanted} and w.window_start < n.start), n.place + 1
      from newest n where n.start is not null and n.place < ${last}::int
    ), found as (
      select w.window_start, w.key, w.message from newest n
      join live_window w on ${wanted} and w.window_start = n.start
      order by w.window_start desc, w.key limit ${rowsMax}::int
    )
    select p.id, f.message
    from (select max(id)::text as id from outbox where topic = ${resultsTopic}) p
    left join found f on true
    order by f.window_start, f.key`;
}

/** One row of one boolean: whether messages up to an id are still to be published. */
export function pendingStatement(resultsTopic: string, id: string): RawBuilder<unknown> {
  return sql`select exists (select from outbox where topic = ${resultsTopic} and id <= ${id}::bigint)`;
}
