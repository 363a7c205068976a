// Whether anything is new about customers: a mark for each that changes with every fact of theirs.

import { type RawBuilder, sql } from 'kysely';

/** Customers by their codes, and the mark that is known of each; undefined where nothing is. */
export type KnownMarks = ReadonlyMap<string, string | undefined>;

/**
 * A query for the customers that exist: id, code, mark, and is_new where the mark is another than the known one. What a
 * mark says is nobody's business, but equal marks mean equal sales and events. The keys of the facts alone are read, from
 * their indexes.
 */
export function markedCustomers(known: KnownMarks): RawBuilder<unknown> {
  const codes = [...known.keys()];
  const marks = [...known.values()].map((mark) => mark ?? null);
  return sql`
    SELECT customer.id, customer.code, facts.mark, facts.mark IS DISTINCT FROM given.mark AS is_new
    FROM unnest(${codes}::text[], ${marks}::text[]) AS given (code, mark)
    JOIN dim_customer AS customer ON customer.code = given.code
    CROSS JOIN LATERAL (
      SELECT concat_ws(' ', count(*), max(id), sum(id)) AS mark FROM fact_sales WHERE customer_id = customer.id
    ) AS sold
    CROSS JOIN LATERAL (
      SELECT concat_ws(' ', sold.mark, count(*), max(id), sum(id)) AS mark FROM fact_event WHERE customer_id = customer.id
    ) AS facts`;
}
