// Reports on the wheel: every stage with its figures, each read when it is asked for and once.

import { FlywheelError } from '../../core/errors.js';
import { coverageShare, giniCoefficient } from '../../math/estimate/concentration.js';
import type { Database } from '../../warehouse/database.js';
import { readAnswersOfArms } from '../../warehouse/wheel/answers-of-arms.js';
import {
  countDecisions,
  countUnknownClaims,
  countWheel,
  type LearnedBy,
  readLearnedBy,
  readNewestEvent,
  readTrainingsOf,
  readWatermark,
  type TrainingsOfService,
  type WheelRange,
  type WheelReads,
} from '../../warehouse/wheel/report-reads.js';
import { readShownProducts, type ShownAlike } from '../../warehouse/wheel/shown-products.js';
import { readWeightsOfPolicies } from '../../warehouse/wheel/weights-of-policies.js';
import { type ArmFigures, figuresOfArms, type LiftFigures, liftOf } from './arm-figures.js';
import { figuresOfPolicies, type PolicyFigures } from './policy-figures.js';

/** The arm that is held out of everything that was learned. */
const heldOut = 'HOLDOUT';

/** How much of what is on sale is shown, and how evenly. */
export interface ShownFigures {
  /** The share of the products on sale that were shown at all; null where nothing is on sale. */
  readonly coverage: number | null;
  /** The Gini coefficient of how often each was shown; null where nothing is on sale. */
  readonly concentration: number | null;
}

/** One report. Each function reads once, however often it is called; all fail with UNAVAILABLE, TIMEOUT or CANCELLED. */
export interface WheelReport {
  readonly range: WheelRange;
  /** How long after it was shown behaviour is put down to a decision, in milliseconds. */
  readonly attributionWindowMs: number;
  events(): Promise<number>;
  exposures(): Promise<number>;
  outcomes(): Promise<number>;
  /** Events that name a decision which is not known. */
  unknownOutcomes(): Promise<number>;
  decisions(): ReturnType<typeof countDecisions>;
  freshness(): ReturnType<typeof readNewestEvent>;
  /** How far the clock of behaviour has come, which is that of decisions. */
  watermark(): Promise<Date | null>;
  trainings(): Promise<readonly TrainingsOfService[]>;
  learned(): Promise<readonly LearnedBy[]>;
  arms(): Promise<readonly ArmFigures[]>;
  lift(): Promise<LiftFigures>;
  offPolicy(): Promise<readonly PolicyFigures[]>;
  shown(): Promise<ShownFigures>;
}

export interface WheelReports {
  /** Opens a report; nothing is read yet. BAD_INPUT for a range that ends before it begins. */
  open(range: WheelRange, onAbandon?: WheelReads['onAbandon']): WheelReport;
}

export interface WheelReportsDeps {
  readonly database: Database;
  readonly attributionWindowMs: number;
}

export function createWheelReports({ database, attributionWindowMs }: WheelReportsDeps): WheelReports {
  return {
    open(range, onAbandon) {
      if (range.from && range.to && range.from >= range.to)
        throw new FlywheelError(
          'BAD_INPUT',
          '`from` must be earlier than `to`: `from` is the first moment that counts, `to` the first that does not.',
        );
      const reads = { database, onAbandon };
      const answers = once(() => readAnswersOfArms(reads, range, heldOut));
      return {
        range,
        attributionWindowMs,
        events: once(() => countWheel(reads, 'events', range)),
        exposures: once(() => countWheel(reads, 'exposures', range)),
        outcomes: once(() => countWheel(reads, 'outcomes', range)),
        unknownOutcomes: once(() => countUnknownClaims(reads, range)),
        decisions: once(() => countDecisions(reads, range)),
        freshness: once(() => readNewestEvent(reads)),
        watermark: once(() => readWatermark(reads)),
        trainings: once(() => readTrainingsOf(reads, range)),
        learned: once(() => readLearnedBy(reads)),
        arms: once(async () => figuresOfArms(await answers())),
        lift: once(async () => liftOf(await answers(), heldOut)),
        offPolicy: once(async () => figuresOfPolicies(await readWeightsOfPolicies(reads, range))),
        shown: once(async () => shownFigures(await readShownProducts(reads, range))),
      };
    },
  };
}

function shownFigures(products: readonly ShownAlike[]): ShownFigures {
  const counts = new Float64Array(products.reduce((sum, alike) => sum + alike.products, 0));
  let next = 0;
  for (const alike of products) {
    counts.fill(alike.shown, next, next + alike.products);
    next += alike.products;
  }
  if (counts.length === 0) return { coverage: null, concentration: null };
  return { coverage: coverageShare(counts), concentration: giniCoefficient(counts) };
}

/** The same promise for all who ask. */
function once<T>(read: () => Promise<T>): () => Promise<T> {
  let promise: Promise<T> | undefined;
  return () => {
    promise ??= read();
    return promise;
  };
}
