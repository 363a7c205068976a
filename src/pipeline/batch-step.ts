// What other rooms do in the transaction of a batch, handed in by whoever wires the parts.

import type { Session } from '../warehouse/session.js';
import type { ArrivedEvent, MeasurementFact, SaleFact } from '../warehouse/stream/facts.js';
import type { DecisionFact } from '../warehouse/wheel/decision-facts.js';

/** The facts of a batch that were not in the warehouse before. */
export interface NewFacts {
  readonly events: readonly ArrivedEvent[];
  readonly measurements: readonly MeasurementFact[];
  readonly sales: readonly SaleFact[];
  readonly decisions: readonly DecisionFact[];
}

/**
 * Runs when everything else of the batch is written, and is kept or undone with it. It is tried again with the batch, so
 * all that it does, it does through the session; when it rejects, the whole batch does. What it resolves to, it does once
 * the batch is kept; that must not throw.
 */
export type BatchStep = (session: Session, facts: NewFacts) => Promise<(() => void) | undefined>;
