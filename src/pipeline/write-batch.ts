// The one transaction of a batch: the position, the windows, the facts and what is to be published.

import type { Decision } from '../events/decision.js';
import type { FactRow, LiveWriter } from '../metrics/live-facts.js';
import { partitionKey } from '../stream/event-log.js';
import type { Database } from '../warehouse/database.js';
import { joinFactWriters } from '../warehouse/facts-turn.js';
import { type OutboxEntry, publish } from '../warehouse/outbox.js';
import type { Session } from '../warehouse/session.js';
import type { ArrivedEvent, SaleFact } from '../warehouse/stream/facts.js';
import { withoutKnown } from '../warehouse/stream/known-events.js';
import { addCounts, advancePosition, type Counts, type PositionKey } from '../warehouse/stream/positions.js';
import { writeEvents } from '../warehouse/stream/write-events.js';
import { writeMeasurements } from '../warehouse/stream/write-measurements.js';
import { readLastLines, writeSales } from '../warehouse/stream/write-sales.js';
import { inTransaction } from '../warehouse/transaction.js';
import type { DecisionFact } from '../warehouse/wheel/decision-facts.js';
import { writeDecisions } from '../warehouse/wheel/write-decisions.js';
import type { BatchDraft, PlacedEvent } from './batch-draft.js';
import type { BatchStep } from './batch-step.js';
import type { MemberIds } from './dimensions.js';
import { createPricing, idOf, numberLines, type PricedSale } from './sale-lines.js';

/** Where a stretch of a partition begins and ends. */
export interface Stretch {
  readonly key: PositionKey;
  readonly topic: string;
  readonly expected: bigint;
  readonly next: bigint;
  readonly end: bigint;
}

export interface WriteBatchDeps {
  readonly database: Pick<Database, 'pool' | 'kysely'>;
  readonly liveWriter: LiveWriter;
  /** In their order, after all else. */
  readonly steps?: readonly BatchStep[] | undefined;
}

/** An event ready to be written, and the lines that it becomes. */
interface ReadyEvent {
  readonly source: string;
  readonly eventId: string;
  readonly fact: ArrivedEvent;
  readonly sale: PricedSale;
}

/** A draft whose members are known. */
export interface ReadyBatch {
  readonly draft: BatchDraft;
  readonly events: readonly ReadyEvent[];
  readonly decisions: readonly DecisionFact[];
  readonly outbox: readonly OutboxEntry[];
}

/** BAD_INPUT when a line comes to more than the warehouse can hold. */
export function prepareBatch(draft: BatchDraft, ids: MemberIds, outbox: readonly OutboxEntry[]): ReadyBatch {
  const price = createPricing(ids);
  return {
    draft,
    outbox,
    events: draft.behaviours.map((placed) => ({
      source: placed.source,
      eventId: placed.eventId,
      fact: factOf(placed, ids),
      sale: price(placed),
    })),
    decisions: draft.decisions.map((decision) => decisionFactOf(decision, ids)),
  };
}

function decisionFactOf(decision: Decision, ids: MemberIds): DecisionFact {
  const productIdOf = (code: string | null) => (code === null ? null : idOf(ids.products, code));
  return {
    decision,
    customerId: decision.customer === null ? null : idOf(ids.customers, decision.customer),
    productId: productIdOf(decision.product),
    slotProductIds: decision.slots.map(({ product }) => productIdOf(product)),
  };
}

function factOf({ source, eventId, event, appendedAtMs }: PlacedEvent, ids: MemberIds): ArrivedEvent {
  const { type, customer, product, value, text, attributes, occurredAtMs } = event;
  return {
    source,
    eventId,
    type,
    customerId: customer === null ? null : idOf(ids.customers, customer),
    customer,
    productId: product === null ? null : idOf(ids.products, product),
    product,
    value,
    text,
    attributes,
    occurredAt: occurredAtMs,
    appendedAtMs,
  };
}

/**
 * Writes a batch whole or not at all; resolves to what became of its records. Without `lookUp` it takes every event
 * for new, and rejects with a unique violation when one is not; with it, events that are there already are counted
 * as repeats. StalePosition when somebody else has read on.
 */
export async function writeBatch(
  { database, liveWriter, steps = [] }: WriteBatchDeps,
  stretch: Stretch,
  batch: ReadyBatch,
  lookUp: boolean,
): Promise<Counts> {
  const { draft } = batch;
  const writer = partitionKey(stretch.topic, stretch.key.partition);
  const whenAllIsNew: Counts = {
    accepted: draft.behaviours.length + draft.measurements.length + draft.decisions.length,
    repeated: draft.repeated,
    dead: draft.dead.length,
    late: 0,
    unpriced: unpricedOf(batch.events),
  };
  const afterwards: (() => void)[] = [];
  const written = await inTransaction(database, async (session) => {
    // First of all, so that whoever reads on from the same position waits here, or is turned away.
    await advancePosition(session, stretch.key, {
      expected: stretch.expected,
      next: stretch.next,
      end: stretch.end,
      behaviourMaxAtMs: draft.behaviourMaxAtMs,
      measurementMaxAtMs: draft.measurementMaxAtMs,
      counts: whenAllIsNew,
    });
    await joinFactWriters(session);
    const events = lookUp ? await withoutKnown(session, 'fact_event', batch.events) : batch.events;
    const measurements = lookUp
      ? await withoutKnown(session, 'fact_measurement', draft.measurements)
      : draft.measurements;
    const sales = await saleFacts(session, events);
    const facts = events.map(({ fact }) => fact);
    const { late } = await writeWindows(liveWriter, session, writer, [
      { model: 'Event', rows: facts },
      { model: 'Measurement', rows: measurements },
      { model: 'Sale', rows: sales },
    ]);
    await writeEvents(session, facts);
    await writeMeasurements(session, measurements);
    await writeSales(session, sales);
    const decisions = await writeDecisions(session, batch.decisions);
    await publish(session, batch.outbox);

    const accepted = events.length + measurements.length + decisions.length;
    const counts: Counts = {
      accepted,
      repeated: draft.repeated + (whenAllIsNew.accepted - accepted),
      dead: whenAllIsNew.dead,
      late,
      unpriced: events === batch.events ? whenAllIsNew.unpriced : unpricedOf(events),
    };
    await addCounts(session, stretch.key, differenceOf(counts, whenAllIsNew));
    if (accepted > 0) {
      for (const step of steps) {
        const after = await step(session, { events: facts, measurements, sales, decisions });
        if (after !== undefined) afterwards.push(after);
      }
    }
    return counts;
  });
  for (const after of afterwards) after();
  return written;
}

async function saleFacts(session: Session, events: readonly ReadyEvent[]): Promise<readonly SaleFact[]> {
  const lines = events.flatMap(({ sale }) => sale.lines);
  return numberLines(lines, await readLastLines(session, lines));
}

async function writeWindows(
  liveWriter: LiveWriter,
  session: Session,
  writer: string,
  facts: readonly { readonly model: string; readonly rows: readonly FactRow[] }[],
): Promise<{ readonly late: number }> {
  const given = facts.filter(({ rows }) => rows.length > 0);
  return given.length === 0 ? { late: 0 } : liveWriter.write(session, writer, given);
}

function unpricedOf(events: readonly ReadyEvent[]): number {
  return events.reduce((sum, { sale }) => sum + sale.unpriced, 0);
}

function differenceOf(counts: Counts, before: Counts): Counts {
  return {
    accepted: counts.accepted - before.accepted,
    repeated: counts.repeated - before.repeated,
    dead: counts.dead - before.dead,
    late: counts.late - before.late,
    unpriced: counts.unpriced - before.unpriced,
  };
}
