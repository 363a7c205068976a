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
 * Rows of (pending, message): the messages of the newest windows, oldest window first, and in each row the id of the
 * last message that was still to be published at that moment, or null. One row with a null message when there are none.
 */
export function windowsStatement(request: WindowsRequest): RawBuilder<unknown> {
  const { cut, last, filter, resultsTopic, rowsMax } = request;
  const wanted = filter.flatMap((keys, place) => {
    if (keys === undefined) return [];
    const known = keys.filter((key) => key !== null);
    const key = sql`(w.key::jsonb ->> ${sql.lit(place)})`;
    const isKnown = sql`${key} = any(${known}::text[])`;
    return [keys.length === known.length ? sql`and ${isKnown}` : sql`and (${isKnown} or ${key} is null)`];
  });
  // One step down the key for each window, however many keys a window has.
  return sql`
    with recursive newest (start, place) as (
      (select window_start::timestamptz, 1 from live_window where cut = ${cut} order by window_start desc limit 1)
      union all
      select (select max(w.window_start) from live_window w where w.cut = ${cut} and w.window_start < n.start), n.place + 1
      from newest n where n.start is not null and n.place < ${last}::int
    ), found as (
      select w.window_start, w.key, w.message from newest n
      join live_window w on w.cut = ${cut} and w.window_start = n.start ${sql.join(wanted, sql` `)}
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
