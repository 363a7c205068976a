// Figures by arm, and the lift of what was learned over what was held out of it.

import { type Arm, armOfUnits } from '../../math/estimate/arm.js';
import type { Estimate } from '../../math/estimate/interval.js';
import { rateEstimate, rateLift } from '../../math/estimate/rate-lift.js';
import type { AnswersAlike } from '../../warehouse/wheel/answers-of-arms.js';

/** What customers of one arm did about the proposals that they were shown. */
export interface ArmFigures {
  readonly arm: string;
  readonly customers: number;
  /** Places that were shown; of them, those that were clicked, bought, or answered in any way. */
  readonly shown: number;
  readonly clicked: number;
  readonly bought: number;
  readonly answered: number;
  /** Per place that was shown. */
  readonly clickRate: number;
  readonly conversionRate: number;
  /** Answered per place, with an interval of 95 % that takes the places of one customer to hang together. */
  readonly outcomeRate: Estimate;
}

/** How much a comparison rests on. */
export interface LiftSide {
  readonly customers: number;
  readonly shown: number;
  readonly answered: number;
  readonly outcomeRate: Estimate;
}

export interface LiftFigures {
  /** Outcome rate of the treated less that of the held out. NaN without places on either side. */
  readonly difference: Estimate;
  /** Outcome rate of the treated over that of the held out: 1 where they are alike. */
  readonly ratio: Estimate;
  readonly treated: LiftSide;
  readonly heldOut: LiftSide;
}

/** The figures of every arm that was shown something, by name. */
export function figuresOfArms(answers: readonly AnswersAlike[]): readonly ArmFigures[] {
  const names = new Set(answers.flatMap(({ arm }) => arm ?? []));
  return [...names].sort().map((arm) => {
    const own = answers.filter((one) => one.arm === arm);
    const { customers, shown, answered, outcomeRate } = sideOf(armOf(own));
    const [clicked, bought] = [sumOf(own, 'clicked'), sumOf(own, 'bought')];
    return {
      arm,
      customers,
      shown,
      clicked,
      bought,
      answered,
      clickRate: clicked / shown,
      conversionRate: bought / shown,
      outcomeRate,
    };
  });
}

/** The lift of all who are not held out (the answers without an arm) over those who are, with intervals of 95 %. */
export function liftOf(answers: readonly AnswersAlike[], heldOut: string): LiftFigures {
  const treated = armOf(answers.filter(({ arm }) => arm === null));
  const base = armOf(answers.filter(({ arm }) => arm === heldOut));
  const { absolute, relative } = rateLift(treated, base);
  const { value, low, high } = relative;
  return {
    difference: absolute,
    ratio: { value: value + 1, low: low + 1, high: high + 1 },
    treated: sideOf(treated),
    heldOut: sideOf(base),
  };
}

/** The arm whose units are the customers, each as often as there are such. */
function armOf(answers: readonly AnswersAlike[]): Arm {
  const size = sumOf(answers, 'customers');
  const [answered, shown] = [new Float64Array(size), new Float64Array(size)];
  let next = 0;
  for (const alike of answers) {
    answered.fill(alike.answered, next, next + alike.customers);
    shown.fill(alike.shown, next, next + alike.customers);
    next += alike.customers;
  }
  return armOfUnits(answered, shown);
}

function sideOf(arm: Arm): LiftSide {
  return {
    customers: arm.units,
    shown: arm.trials,
    answered: arm.successes,
    outcomeRate: rateEstimate(arm),
  };
}

function sumOf(answers: readonly AnswersAlike[], what: 'customers' | 'clicked' | 'bought'): number {
  return answers.reduce((sum, alike) => sum + alike[what], 0);
}
