// A decision beside the keys of whom and what it names.

import type { Decision } from '../../events/decision.js';

export interface DecisionFact {
  readonly decision: Decision;
  readonly customerId: number | null;
  readonly productId: number | null;
  /** The keys of the products of its slots, in their order; null where a slot has none. */
  readonly slotProductIds: readonly (number | null)[];
}
