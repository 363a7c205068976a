// Compares what two warehouses hold, row by row, by what the rows say and not by their keys in one of them.

import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../database.js';
import { explainDatabaseError } from '../database-error.js';

type Warehouse = Pick<Database, 'kysely'>;

/** How many rows of a kind are in both warehouses, and how many in one alone. */
export interface Comparison {
  readonly rows: string;
  readonly equal: number;
  readonly onlyFirst: number;
  readonly onlySecond: number;
}

const ms = (column: string) => sql`(extract(epoch FROM ${sql.ref(column)}) * 1000)::bigint`;
const customer = sql`(SELECT code FROM dim_customer WHERE dim_customer.id = customer_id)`;
const product = sql`(SELECT code FROM dim_product WHERE dim_product.id = product_id)`;
const region = sql`(SELECT name FROM dim_region WHERE dim_region.id = region_id)`;
const eventOf = sql`source, event_id`;

/**
 * The kinds, and what each row says. Not compared: keys, times of arrival, the number of a line within its invoice (lines
 * of one invoice may come by several partitions), whether and when a place was closed and taught, and the price of a
 * purchase that named none, which is the latest that was known at the moment when it was read.
 */
const kinds: readonly {
  readonly rows: string;
  readonly from: RawBuilder<unknown>;
  readonly says: RawBuilder<unknown>;
}[] = [
  {
    rows: 'events',
    from: sql`fact_event`,
    says: sql`${eventOf}, type, ${customer}, ${product}, value, text, attributes, ${ms('occurred_at')}`,
  },
  {
    rows: 'measurements',
    from: sql`fact_measurement`,
    says: sql`${eventOf}, device, series, value, text, attributes, ${ms('occurred_at')}`,
  },
  {
    rows: 'sales',
    from: sql`fact_sales`,
    says: sql`source, invoice, kind, ${product}, ${customer}, ${region}, quantity, estimated,
      CASE WHEN NOT estimated THEN unit_price END, CASE WHEN NOT estimated THEN amount END, ${ms('sold_at')}`,
  },
  {
    rows: 'decisions',
    from: sql`fact_decision`,
    says: sql`id, kind, ${customer}, ${product}, cause, policy, policy_propensity, model, experiment, arm, candidates,
      position, details, ${ms('decided_at')}`,
  },
  {
    rows: 'events that name a decision',
    from: sql`decision_claim`,
    says: sql`${eventOf}, decision_id, type, ${customer}, ${product}, ${ms('occurred_at')}`,
  },
  {
    rows: 'what became of decisions',
    from: sql`fact_decision_slot`,
    says: sql`decision_id, slot, ${customer}, ${product}, choice, score, propensity, features, ${ms('shown_at')},
      ${ms('responded_at')}, ${ms('clicked_at')}, ${ms('carted_at')}, ${ms('bought_at')}`,
  },
  {
    rows: 'exposures',
    from: sql`fact_exposure`,
    says: sql`decision_id, slot, kind, ${customer}, ${product}, arm, policy, model, ${ms('shown_at')}`,
  },
  {
    rows: 'outcomes',
    from: sql`fact_outcome`,
    says: sql`decision_id, slot, kind, ${customer}, ${product}, arm, policy, model, type, ${ms('occurred_at')}`,
  },
  { rows: 'stock levels', from: sql`stock_level`, says: sql`${product}, quantity, ${ms('counted_at')}` },
  {
    rows: 'what learners know',
    // What an earlier version of a learner knew is kept, and replayed by nobody.
    from: sql`(SELECT DISTINCT ON (learner) * FROM learner_state ORDER BY learner, version DESC) AS latest`,
    says: sql`learner, version, next, memory`,
  },
];

/** Rows are told apart by digests, which fall into so many buckets by their first digits; so many that differ are read at once. */
const bucketDigits = 3;
const bucketsAtOnce = 256;

/**
 * Compares each kind of rows as a bag: one pass over both where they are equal, some more where they are not. UNAVAILABLE
 * or TIMEOUT when a database is away.
 */
export async function compareWarehouses(
  first: Warehouse,
  second: Warehouse,
  onKind: (rows: string) => void,
): Promise<readonly Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const { rows, from, says } of kinds) {
    onKind(rows);
    const digests = sql`
      SELECT md5(jsonb_build_array(${says})::text) AS digest FROM ${from}`;
    comparisons.push({ rows, ...(await compareDigests(first, second, digests)) });
  }
  return comparisons;
}

async function compareDigests(
  first: Warehouse,
  second: Warehouse,
  digests: RawBuilder<unknown>,
): Promise<Omit<Comparison, 'rows'>> {
  const [left, right] = await Promise.all([bucketsOf(first, digests), bucketsOf(second, digests)]);
  const names = [...new Set([...left.keys(), ...right.keys()])];
  const isAlike = (name: string) => left.get(name)?.sums === right.get(name)?.sums;
  const different = names.filter((name) => !isAlike(name));
  let equal = names.filter(isAlike).reduce((sum, name) => sum + (left.get(name)?.count ?? 0), 0);
  let [onlyFirst, onlySecond] = [0, 0];
  for (let at = 0; at < different.length; at += bucketsAtOnce) {
    const some = different.slice(at, at + bucketsAtOnce);
    const [ours, theirs] = await Promise.all([
      countsOf(first, digests, some),
      countsOf(second, digests, some),
    ]);
    for (const digest of new Set([...ours.keys(), ...theirs.keys()])) {
      const [here, there] = [ours.get(digest) ?? 0, theirs.get(digest) ?? 0];
      equal += Math.min(here, there);
      onlyFirst += Math.max(0, here - there);
      onlySecond += Math.max(0, there - here);
    }
  }
  return { equal, onlyFirst, onlySecond };
}

/** How many digests each bucket holds, and their count and sums as text: alike only where the bags are. */
async function bucketsOf(
  { kysely }: Warehouse,
  digests: RawBuilder<unknown>,
): Promise<ReadonlyMap<string, { readonly count: number; readonly sums: string }>> {
  const part = (from: number) => sql`sum(('x' || substr(digest, ${sql.lit(from)}, 15))::bit(60)::bigint)`;
  try {
    const { rows } = await sql<{ bucket: string; count: string; sums: string }>`
      SELECT left(digest, ${sql.lit(bucketDigits)}) AS bucket, count(*) AS count,
        count(*) || ' ' || ${part(1)} || ' ' || ${part(16)} AS sums
      FROM (${digests}) AS said GROUP BY 1`.execute(kysely);
    return new Map(rows.map(({ bucket, count, sums }) => [bucket, { count: Number(count), sums }]));
  } catch (error) {
    throw explainDatabaseError(error);
  }
}

async function countsOf(
  { kysely }: Warehouse,
  digests: RawBuilder<unknown>,
  buckets: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  try {
    const { rows } = await sql<{ digest: string; count: string }>`
      SELECT digest, count(*) AS count FROM (${digests}) AS said
      WHERE left(digest, ${sql.lit(bucketDigits)}) = ANY(${[...buckets]}::text[]) GROUP BY digest`.execute(
      kysely,
    );
    return new Map(rows.map(({ digest, count }) => [digest, Number(count)]));
  } catch (error) {
    throw explainDatabaseError(error);
  }
}
