// What a decision needs to know beside what the services say: segments, categories, and how policies did lately.

import { sql } from 'kysely';
import type { Database } from '../database.js';
import { explainDatabaseError } from '../database-error.js';

/** Something that a customer did with a product. */
export interface LateAct {
  readonly product: string;
  readonly category: string | null;
}

/** So many acts of a customer say what they look for now. */
const actsMax = 30;

export interface DecisionContext {
  /** By the codes of customers; without those that have none. */
  readonly segments: ReadonlyMap<string, string>;
  /** By the codes of products; without those that have none. */
  readonly categories: ReadonlyMap<string, string>;
  /** What customers did last, by their codes, the newest first; without those who did nothing yet. */
  readonly acts: ReadonlyMap<string, readonly LateAct[]>;
  /** Closed places by the policy that chose them, over the last days of the clock of the log. */
  readonly tallies: readonly {
    readonly policy: string;
    readonly shown: number;
    readonly answered: number;
  }[];
}

/** In one statement. UNAVAILABLE or TIMEOUT when the database is away. */
export async function readDecisionContext(
  { kysely }: Pick<Database, 'kysely'>,
  customers: readonly string[],
  products: readonly string[],
  days: number,
): Promise<DecisionContext> {
  try {
    const { rows } = await sql<{
      segments: Record<string, string> | null;
      categories: Record<string, string> | null;
      acts: Record<string, LateAct[]> | null;
      tallies: DecisionContext['tallies'] | null;
    }>`
      SELECT
        (SELECT json_object_agg(code, segment) FROM dim_customer
          WHERE code = ANY(${[...customers]}::text[]) AND segment IS NOT NULL) AS segments,
        (SELECT json_object_agg(code, category) FROM dim_product
          WHERE code = ANY(${[...products]}::text[]) AND category IS NOT NULL) AS categories,
        (SELECT json_object_agg(customer.code, late.acts) FROM dim_customer AS customer CROSS JOIN LATERAL (
          SELECT json_agg(json_build_object('product', product.code, 'category', product.category)
            ORDER BY act.occurred_at DESC, act.id DESC) AS acts
          FROM (
            SELECT id, occurred_at, product_id FROM fact_event AS event
            WHERE event.customer_id = customer.id AND event.product_id IS NOT NULL
              AND event.type IN ('view', 'click', 'add_to_cart', 'purchase')
            ORDER BY occurred_at DESC, id DESC LIMIT ${actsMax}
          ) AS act JOIN dim_product AS product ON product.id = act.product_id
        ) AS late WHERE customer.code = ANY(${[...customers]}::text[]) AND late.acts IS NOT NULL) AS acts,
        (SELECT json_agg(tally ORDER BY policy) FROM (
          SELECT policy, sum(shown) AS shown, sum(answered) AS answered FROM policy_tally
          WHERE day > (SELECT max(day) FROM policy_tally) - ${days}::integer GROUP BY policy
        ) AS tally) AS tallies`.execute(kysely);
    const [row] = rows;
    return {
      segments: new Map(Object.entries(row?.segments ?? {})),
      categories: new Map(Object.entries(row?.categories ?? {})),
      acts: new Map(Object.entries(row?.acts ?? {})),
      tallies: row?.tallies ?? [],
    };
  } catch (error) {
    throw explainDatabaseError(error);
  }
}
