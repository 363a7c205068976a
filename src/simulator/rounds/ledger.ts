// The books of the rounds: what was shown and answered by arm, the lift with its interval, and the regret.

import { armOfUnits } from '../../math/estimate/arm.js';
import type { Estimate } from '../../math/estimate/interval.js';
import { rateLift } from '../../math/estimate/rate-lift.js';

/** The arms of the experiment that proposals take part in; the first is held out, the others are treated. */
export const arms = ['HOLDOUT', 'CHAMPION', 'CHALLENGER'] as const;
export type ArmName = (typeof arms)[number];

/** One list that was shown by a decision. */
export interface Entry {
  readonly customer: number;
  readonly arm: ArmName;
  readonly shown: number;
  readonly answered: number;
  /** How many of the slots would be answered on average, and by the best list. */
  readonly expectedRate: number;
  readonly bestRate: number;
}

export interface ArmFigures {
  readonly lists: number;
  readonly shown: number;
  readonly answered: number;
  /** The share of the shown slots that was answered; null where nothing was shown. */
  readonly rate: number | null;
}

/** An estimate for paper: numbers that are none, or endless, are null. */
export interface ShownEstimate {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

export interface LiftFigures {
  /** Treated rate - held-out rate, with its 95 % interval. */
  readonly difference: ShownEstimate;
  /** Treated rate / held-out rate, likewise. */
  readonly ratio: ShownEstimate;
}

export interface RoundFigures {
  readonly arms: Readonly<Record<ArmName, ArmFigures>>;
  readonly lift: LiftFigures;
  /** The lift of all rounds so far, each customer counting as one. */
  readonly liftSoFar: LiftFigures;
  /** Of the treated: the best list's rate - that of the shown list, on average, both from the hidden tastes. */
  readonly regret: number | null;
}

/** Six digits behind the point are more than any of it is sure of. */
export function rounded(value: number): number | null {
  return Number.isFinite(value) ? Math.round(value * 1e6) / 1e6 : null;
}

/** Successes and trials of each customer, in both arms of the comparison. */
class Counts {
  readonly #size: number;
  readonly #sides: Readonly<Record<'treated' | 'heldOut', { successes: Float64Array; trials: Float64Array }>>;

  constructor(customers: number) {
    this.#size = customers;
    const empty = () => ({ successes: new Float64Array(customers), trials: new Float64Array(customers) });
    this.#sides = { treated: empty(), heldOut: empty() };
  }

  add({ customer, arm, shown, answered }: Entry): void {
    if (customer >= this.#size) throw new RangeError(`There is no customer ${customer} among ${this.#size}.`);
    const side = this.#sides[arm === 'HOLDOUT' ? 'heldOut' : 'treated'];
    side.successes[customer] = (side.successes[customer] ?? 0) + answered;
    side.trials[customer] = (side.trials[customer] ?? 0) + shown;
  }

  lift(): LiftFigures {
    const { treated, heldOut } = this.#sides;
    const { absolute, relative } = rateLift(
      armOfUnits(treated.successes, treated.trials),
      armOfUnits(heldOut.successes, heldOut.trials),
    );
    const show = ({ value, low, high }: Estimate, one: number): ShownEstimate => ({
      value: rounded(value + one),
      low: rounded(low + one),
      high: rounded(high + one),
    });
    return { difference: show(absolute, 0), ratio: show(relative, 1) };
  }
}

function armFigures(entries: readonly Entry[], arm: ArmName): ArmFigures {
  const own = entries.filter((entry) => entry.arm === arm);
  const shown = own.reduce((sum, entry) => sum + entry.shown, 0);
  const answered = own.reduce((sum, entry) => sum + entry.answered, 0);
  return { lists: own.length, shown, answered, rate: rounded(answered / shown) };
}

/** Opens the books for a shop of so many customers; each call of what it returns closes a round with all of its lists. */
export function openLedger(customers: number): (entries: readonly Entry[]) => RoundFigures {
  const soFar = new Counts(customers);
  return (entries) => {
    const ofRound = new Counts(customers);
    for (const entry of entries) {
      ofRound.add(entry);
      soFar.add(entry);
    }
    const treated = entries.filter(({ arm }) => arm !== 'HOLDOUT');
    const lost = treated.reduce((sum, { bestRate, expectedRate }) => sum + bestRate - expectedRate, 0);
    return {
      arms: {
        HOLDOUT: armFigures(entries, 'HOLDOUT'),
        CHAMPION: armFigures(entries, 'CHAMPION'),
        CHALLENGER: armFigures(entries, 'CHALLENGER'),
      },
      lift: ofRound.lift(),
      liftSoFar: soFar.lift(),
      regret: rounded(lost / treated.length),
    };
  };
}
