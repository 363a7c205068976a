// Lines of purchases and returns into fact_sales, numbered after the lines that their invoice has already.

import { sql } from 'kysely';
import { copyText, type Session } from '../session.js';
import { copyKey, copyRows, copyTime } from './copy-rows.js';
import type { SaleFact } from './facts.js';

const columns = [
  'source',
  'invoice',
  'line',
  'kind',
  'product_id',
  'customer_id',
  'region_id',
  'date_id',
  'quantity',
  'unit_price',
  'amount',
  'estimated',
  'sold_at',
];

export interface InvoiceKey {
  readonly source: string;
  readonly invoice: string;
}

/** One key per invoice, as no other pair of texts can give it. */
export function invoiceKey({ source, invoice }: InvoiceKey): string {
  return `${source.length}:${source}${invoice}`;
}

/** The number of the last line of each invoice that has one, by `invoiceKey`. */
export async function readLastLines(
  session: Session,
  invoices: readonly InvoiceKey[],
): Promise<ReadonlyMap<string, number>> {
  if (invoices.length === 0) return new Map();
  const rows = await session.rows(sql<InvoiceKey & { line: number }>`
    SELECT given.source, given.invoice, there.line
    FROM unnest(
      ${invoices.map(({ source }) => source)}::text[], ${invoices.map(({ invoice }) => invoice)}::text[]
    ) AS given (source, invoice)
    CROSS JOIN LATERAL (
      SELECT line FROM fact_sales
      WHERE source = given.source AND invoice = given.invoice
      ORDER BY line DESC LIMIT 1
    ) AS there`);
  return new Map(rows.map((row) => [invoiceKey(row), row.line]));
}

/** Rejects with a unique violation when somebody else has added a line to one of the invoices meanwhile. */
export async function writeSales(session: Session, facts: readonly SaleFact[]): Promise<void> {
  await copyRows(
    session,
    'fact_sales',
    columns,
    facts,
    (fact) =>
      `${copyText(fact.source)}\t${copyText(fact.invoice)}\t${fact.line}\t${fact.kind}\t${fact.productId}\t${copyKey(fact.customerId)}\t${copyKey(fact.regionId)}\t${fact.dateId}\t${fact.quantity}\t${fact.unitPrice}\t${fact.amount}\t${fact.estimated}\t${copyTime(fact.soldAt)}\n`,
  );
}
