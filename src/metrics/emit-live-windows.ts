// The newest windows of a cut, and how far what they hold has been published, as one statement each.

import { type RawBuilder, sql } from 'kysely';
import type { Sql } from './emit-time.js';
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
  // The window without end is one, and a whole key is found by the index; both spare a look at every key there is.
  const isAll = cut.split('/')[1] === 'ALL';
  const keys = wholeKeys(filter);
  const wanted = sql.join(
    [
      sql`w.cut = ${cut}`,
      ...(isAll ? [sql`w.window_start = timestamptz 'epoch'`] : []),
      ...(keys === undefined ? filter.flatMap(keyCondition) : [sql`w.key = any(${keys}::text[])`]),
    ],
    sql` and `,
  );
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

/** More combinations of wanted keys than this are compared one dimension at a time. */
const keysMax = 10_000;

/** The keys of windows that a filter wants, where it says which of every dimension; undefined where it does not. */
function wholeKeys(filter: KeyFilter): string[] | undefined {
  let heads: readonly (readonly (string | null)[])[] = [[]];
  for (const keys of filter) {
    if (keys === undefined || heads.length * keys.length > keysMax) return undefined;
    heads = heads.flatMap((head) => keys.map((key) => [...head, key]));
  }
  return filter.length === 0 ? undefined : heads.map((head) => JSON.stringify(head));
}

function keyCondition(keys: KeyFilter[number], place: number): Sql[] {
  if (keys === undefined) return [];
  const known = keys.filter((key) => key !== null);
  const key = sql`(w.key::jsonb ->> ${sql.lit(place)})`;
  const isKnown = sql`${key} = any(${known}::text[])`;
  return [keys.length === known.length ? isKnown : sql`(${isKnown} or ${key} is null)`];
}

/** One row of one boolean: whether messages up to an id are still to be published. */
export function pendingStatement(resultsTopic: string, id: string): RawBuilder<unknown> {
  return sql`select exists (select from outbox where topic = ${resultsTopic} and id <= ${id}::bigint)`;
}
