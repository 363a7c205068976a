// Measurements into fact_measurement.

import { copyText, type Session } from '../session.js';
import { copyRows, copyTime, sharedText } from './copy-rows.js';
import type { MeasurementFact } from './facts.js';

const columns = ['source', 'event_id', 'device', 'series', 'value', 'text', 'attributes', 'occurred_at'];

/** Rejects with a unique violation when one of them is there already; the transaction is lost then. */
export async function writeMeasurements(session: Session, facts: readonly MeasurementFact[]): Promise<void> {
  const sourceOf = sharedText();
  await copyRows(
    session,
    'fact_measurement',
    columns,
    facts,
    (fact) =>
      `${sourceOf(fact.source)}\t${copyText(fact.eventId)}\t${copyText(fact.device)}\t${copyText(fact.series)}\t${fact.value}\t${copyText(fact.text)}\t${copyText(fact.attributes)}\t${copyTime(fact.occurredAt)}\n`,
  );
}
