// Facts of the streams, written as a pipeline would, and the members of dimensions that they name.

import type { Pool } from 'pg';

export interface EventFact {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly customer: string | null;
  readonly product: string | null;
  readonly atMs: number;
}

export interface MeasurementFact {
  readonly id: string;
  readonly source: string;
  readonly device: string | null;
  readonly series: string | null;
  /** Decimal text. */
  readonly value: string;
  readonly atMs: number;
}

/** A transaction or a pool: what takes statements. */
export type Statements = Pick<Pool, 'query'>;

/** Creates the members that are missing; a product is named after its code. */
export async function storeMembers(
  to: Statements,
  codes: { readonly customers?: readonly string[]; readonly products?: readonly string[] },
): Promise<void> {
  await to.query(
    `INSERT INTO dim_customer (code, name) SELECT code, 'Name of ' || code FROM unnest($1::text[]) AS code ON CONFLICT DO NOTHING`,
    [codes.customers ?? []],
  );
  await to.query(
    `INSERT INTO dim_product (code, name, category)
     SELECT code, 'Name of ' || code, 'Category ' || length(code) FROM unnest($1::text[]) AS code ON CONFLICT DO NOTHING`,
    [codes.products ?? []],
  );
}

/** Inserts events whose customers and products exist. */
export async function storeEvents(to: Statements, facts: readonly EventFact[]): Promise<void> {
  await to.query(
    `INSERT INTO fact_event (source, event_id, type, customer_id, product_id, occurred_at)
     SELECT given.source, given.event_id, given.type, customer.id, product.id, to_timestamp(given.at_ms / 1000)
     FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::numeric[])
       AS given (source, event_id, type, customer, product, at_ms)
     LEFT JOIN dim_customer AS customer ON customer.code = given.customer
     LEFT JOIN dim_product AS product ON product.code = given.product`,
    [
      facts.map(({ source }) => source),
      facts.map(({ id }) => id),
      facts.map(({ type }) => type),
      facts.map(({ customer }) => customer),
      facts.map(({ product }) => product),
      facts.map(({ atMs }) => atMs),
    ],
  );
}

export async function storeMeasurements(to: Statements, facts: readonly MeasurementFact[]): Promise<void> {
  await to.query(
    `INSERT INTO fact_measurement (source, event_id, device, series, value, occurred_at)
     SELECT given.source, given.event_id, given.device, given.series, given.value, to_timestamp(given.at_ms / 1000)
     FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::numeric[], $6::numeric[])
       AS given (source, event_id, device, series, value, at_ms)`,
    [
      facts.map(({ source }) => source),
      facts.map(({ id }) => id),
      facts.map(({ device }) => device),
      facts.map(({ series }) => series),
      facts.map(({ value }) => value),
      facts.map(({ atMs }) => atMs),
    ],
  );
}
