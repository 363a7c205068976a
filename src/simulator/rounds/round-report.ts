// What a simulation of rounds tells in the end: one JSON document that the same seed gives again.

import type { LiftFigures, RoundFigures } from './ledger.js';
import { rounded } from './ledger.js';
import type { StockFigures } from './store-room.js';
import type { PhaseTruth } from './truth.js';

/** The truth of a time, with what follows from it. */
export interface ShownTruth {
  readonly floor: number | null;
  readonly best: number | null;
  /** Best / floor. */
  readonly ratio: number | null;
  /** Best - floor: the regret of a gateway that has learned nothing. */
  readonly floorRegret: number | null;
}

export interface ReportedRound extends RoundFigures {
  readonly round: number;
  /** Whether tastes have drifted. */
  readonly drifted: boolean;
  /** Regret as a share of the floor's regret under the tastes of the time. */
  readonly regretShare: number | null;
  /** Lists that were no decision, and such as a service was too late for. */
  readonly undecided: number;
  readonly degraded: number;
}

export interface RoundReport {
  readonly setting: {
    readonly seed: number;
    readonly rounds: number;
    readonly customers: number;
    readonly products: number;
    readonly frozen: boolean;
    /** Whether the gateway knew the categories of the products. */
    readonly categoriesKnown: boolean;
  };
  readonly truth: { readonly before: ShownTruth; readonly after: ShownTruth };
  readonly rounds: readonly ReportedRound[];
  /** The lift of all rounds together. */
  readonly lift: LiftFigures | null;
  readonly stock: { readonly gateway: StockFigures; readonly fixedRule: StockFigures };
}

export function showTruth({ floor, best }: PhaseTruth): ShownTruth {
  return {
    floor: rounded(floor),
    best: rounded(best),
    ratio: rounded(best / floor),
    floorRegret: rounded(best - floor),
  };
}
