// What is said about each product: its own fields, and what customers wrote about it.

import { sql } from 'kysely';
import type { Database } from '../database.js';
import { readRows } from './read-rows.js';

/** The fields that texts may be taken from. */
export const textFields = ['name', 'description', 'category', 'reviews'] as const;
export type TextField = (typeof textFields)[number];

export interface ProductText {
  readonly code: string;
  /** The fields that were asked for, in that order, divided by line breaks. Empty where there are none. */
  readonly text: string;
}

/** No more reviews of one product are read than this, the newest first. */
const reviewsMax = 50;

const expressions = {
  name: sql`product.name`,
  description: sql`product.description`,
  category: sql`product.category`,
  reviews: sql`(
    SELECT string_agg(review.text, E'\n' ORDER BY review.occurred_at DESC, review.id DESC)
    FROM (
      SELECT id, text, occurred_at FROM fact_event
      WHERE product_id = product.id AND type IN ('rating', 'review') AND text IS NOT NULL
      ORDER BY occurred_at DESC, id DESC LIMIT ${reviewsMax}
    ) AS review)`,
} as const;

/** All products in the order of their codes, by code points. */
export async function readProductTexts(
  database: Database,
  fields: readonly TextField[],
  signal?: AbortSignal,
): Promise<readonly ProductText[]> {
  const text =
    fields.length === 0
      ? sql`''`
      : sql`concat_ws(E'\n', ${sql.join(fields.map((field) => expressions[field]))})`;
  const rows = await readRows(
    database,
    sql`SELECT product.code, ${text} FROM dim_product AS product ORDER BY product.code COLLATE "C"`,
    signal,
  );
  return rows.map(([code, words]) => ({ code: String(code), text: String(words) }));
}
