// Events into fact_event.

import { copyText, type Session } from '../session.js';
import { copyKey, copyRows, copyTime, sharedText } from './copy-rows.js';
import type { EventFact } from './facts.js';

const columns = [
  'source',
  'event_id',
  'type',
  'customer_id',
  'product_id',
  'value',
  'text',
  'attributes',
  'occurred_at',
];

/** Rejects with a unique violation when one of them is there already; the transaction is lost then. */
export async function writeEvents(session: Session, facts: readonly EventFact[]): Promise<void> {
  const sourceOf = sharedText();
  await copyRows(
    session,
    'fact_event',
    columns,
    facts,
    (fact) =>
      `${sourceOf(fact.source)}\t${copyText(fact.eventId)}\t${copyText(fact.type)}\t${copyKey(fact.customerId)}\t${copyKey(fact.productId)}\t${fact.value ?? '\\N'}\t${copyText(fact.text)}\t${copyText(fact.attributes)}\t${copyTime(fact.occurredAt)}\n`,
  );
}
