// What another policy would have earned, told from the slots that a policy with known propensities filled.

import { FlywheelError } from '../../core/errors.js';
import { studentFactor } from '../stats/normal-quantile.js';
import { type Estimate, properShare, usualLevel } from './interval.js';
import { ratioOfSums } from './ratio-of-sums.js';

/** Logged slots, one number each in every array. */
export interface LoggedSlots {
  /** What came of the slot. */
  readonly rewards: Float64Array;
  /** The probability with which the logging policy chose what it chose, above 0 and at most 1. */
  readonly logged: Float64Array;
  /** The probability with which the evaluated policy would have chosen the same there, from 0 to 1. */
  readonly evaluated: Float64Array;
  /** What a model that never saw these rewards expects; without it nothing is doubly robust. */
  readonly model?: {
    /** Of the logged choice. */
    readonly chosen: Float64Array;
    /** On average over what the evaluated policy would choose there. */
    readonly expected: Float64Array;
  };
  /** Whose slot it was: slots with the same number may depend on one another. Without it every slot stands alone. */
  readonly units?: Int32Array;
}

export interface OffPolicyOptions {
  /** Of the intervals, above 0 and below 1; 0.95 where not given. */
  readonly level?: number;
  /** Weights above this are cut down to it, which trades variance for bias; above 0. Without it none is. */
  readonly clip?: number;
}

/** A value per slot. Its standard error and interval are endless where too little is known to have any. */
export interface PolicyValue extends Estimate {
  readonly standardError: number;
}

export interface PolicyEstimates {
  readonly slots: number;
  readonly units: number;
  /** Near 1 where both sets of propensities are true and no weight was clipped. */
  readonly meanWeight: number;
  /** Kish's (sum w)^2 / sum w^2: so many slots of equal weight would tell as much. */
  readonly effectiveSlots: number;
  readonly ips: PolicyValue;
  readonly snips: PolicyValue;
  readonly doublyRobust: PolicyValue | undefined;
}

export interface OffPolicyEstimates extends PolicyEstimates {
  readonly clippedSlots: number;
  /** The share of all weight that clipping took away; IPS of rewards of 0 and more falls by about as much. */
  readonly clippedShare: number;
}

/** What slots come to once they are weighed: sums over those of each unit, with the letters of `offPolicyEstimates`. */
export interface WeighedUnits {
  /** How many slots the unit has, above 0. */
  readonly slots: Float64Array;
  /** The sum of w. */
  readonly weights: Float64Array;
  /** The sum of w r. */
  readonly rewards: Float64Array;
  /** The sum of q + w (r - m); without it nothing is doubly robust. */
  readonly corrected?: Float64Array | undefined;
  /** The sum of w^2 over the slots of all units. */
  readonly squares: number;
}

/** Probabilities that rounding has carried over 1 by no more than this pass for 1. */
const roundingRoom = 1e-9;

/**
 * Estimates the mean reward per slot of another policy, with w = evaluated / logged propensity (at most `clip`), n slots:
 *   IPS    sum w r / n:   D. G. Horvitz, D. J. Thompson, JASA 47, 1952; unbiased;
 *   SNIPS  sum w r / sum w:   A. Swaminathan, T. Joachims, "The Self-Normalized Estimator for Counterfactual Learning",
 *          NIPS 2015; a bias of order 1 / n, within the range of the rewards, indifferent to a constant added to them;
 *   DR     sum (q + w (r - m)) / n for the model's m of the choice and q of the policy:   M. Dudík, J. Langford, L. Li,
 *          "Doubly Robust Policy Evaluation and Learning", ICML 2011; unbiased whatever the model says, and the less
 *          variance the better it is.
 * Unbiased means: if the propensities are true, above 0 wherever the evaluated policy's are, and nothing is clipped.
 *
 * Each is a ratio of sums over units (`ratioOfSums`), whose variance gives the standard error (for SNIPS it comes
 * to sqrt(sum w^2 (r - V)^2) / sum w, A. B. Owen, "Monte Carlo theory, methods and examples", 2013, chapter 9), and
 * value ± Student's factor x standard error the interval. That is normal theory: trust it from some hundred
 * `effectiveSlots`, with dozens of rewards that are not alike. Rewards all alike have an interval without width.
 *
 * Slots of one list may each be given with their propensities conditional on what stands above them; the value is
 * then that of taking over one slot of the logged lists, not of whole lists.
 *
 * Arrays that differ in length, numbers that are not finite and propensities outside their range are BAD_INPUT, which
 * names the slot. No slot gives NaN with endless intervals; so do weights that are all 0, except that IPS and DR keep
 * their values.
 */
export function offPolicyEstimates(slots: LoggedSlots, options: OffPolicyOptions = {}): OffPolicyEstimates {
  const { level = usualLevel, clip = Number.POSITIVE_INFINITY } = options;
  properShare('The level of an interval', level);
  if (!(clip > 0))
    throw new FlywheelError('BAD_INPUT', `Weights are clipped at ${clip}; choose a number above 0.`);
  checkSlots(slots);
  const { rewards, model } = slots;
  const full = slots.evaluated.map((probability, slot) => probability / (slots.logged[slot] ?? 1));
  const weights = full.map((weight) => Math.min(weight, clip));
  const sumByUnit = sumsByUnit(slots);
  const corrected = model?.expected.map(
    (expected, slot) => expected + (weights[slot] ?? 0) * ((rewards[slot] ?? 0) - (model.chosen[slot] ?? 0)),
  );
  const fullTotal = sumOf(full);
  const units = {
    slots: sumByUnit(weights.map(() => 1)),
    weights: sumByUnit(weights),
    rewards: sumByUnit(weights.map((weight, slot) => weight * (rewards[slot] ?? 0))),
    corrected: corrected && sumByUnit(corrected),
    squares: sumOf(weights.map((weight) => weight * weight)),
  };
  return {
    ...estimatesOfUnits(units, level),
    clippedSlots: full.filter((weight) => weight > clip).length,
    clippedShare: fullTotal > 0 ? 1 - sumOf(weights) / fullTotal : 0,
  };
}

/**
 * The same from sums that were made elsewhere, such as in a database that holds more slots than are wanted in memory.
 * `level` is that of the intervals, above 0 and below 1 (BAD_INPUT).
 */
export function estimatesOfUnits(
  { slots, weights, rewards, corrected, squares }: WeighedUnits,
  level = usualLevel,
): PolicyEstimates {
  properShare('The level of an interval', level);
  const [count, total] = [sumOf(slots), sumOf(weights)];
  const estimate = (above: Float64Array, below: Float64Array) => policyValue(above, below, level, total > 0);
  return {
    slots: count,
    units: slots.length,
    meanWeight: total / count,
    effectiveSlots: total > 0 ? total ** 2 / squares : 0,
    ips: estimate(rewards, slots),
    snips: estimate(rewards, weights),
    doublyRobust: corrected && estimate(corrected, slots),
  };
}

function policyValue(
  above: Float64Array,
  below: Float64Array,
  level: number,
  isWeighted: boolean,
): PolicyValue {
  const { ratio, variance, degrees } = ratioOfSums(above, below);
  // Without weight nothing of what was logged speaks about the evaluated policy, alike as the slots may look.
  const standardError = isWeighted ? Math.sqrt(variance) : Number.POSITIVE_INFINITY;
  if (!Number.isFinite(standardError))
    return { value: ratio, standardError, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  const margin = studentFactor(level, degrees) * standardError;
  return { value: ratio, standardError, low: ratio - margin, high: ratio + margin };
}

/** The way from one number per slot to their sums per unit. */
function sumsByUnit({ units }: LoggedSlots): (values: Float64Array) => Float64Array {
  if (units === undefined) return (values) => values;
  const places = new Map<number, number>();
  const placeOf = units.map((unit) => {
    const place = places.get(unit) ?? places.size;
    places.set(unit, place);
    return place;
  });
  return (values) => {
    const sums = new Float64Array(places.size);
    placeOf.forEach((place, slot) => {
      sums[place] = (sums[place] ?? 0) + (values[slot] ?? 0);
    });
    return sums;
  };
}

function sumOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function checkSlots({ rewards, logged, evaluated, model, units }: LoggedSlots): void {
  const propensity = (least: (value: number) => boolean) => (value: number) =>
    least(value) && value <= 1 + roundingRoom;
  const checks: [string, Float64Array | undefined, (value: number) => boolean, string][] = [
    ['reward', rewards, Number.isFinite, 'finite'],
    ['logged propensity', logged, propensity((value) => value > 0), 'above 0 and at most 1'],
    ['evaluated propensity', evaluated, propensity((value) => value >= 0), 'from 0 to 1'],
    ["model's value of the choice", model?.chosen, Number.isFinite, 'finite'],
    ["model's value of the policy", model?.expected, Number.isFinite, 'finite'],
  ];
  for (const [name, values, isGood, wanted] of checks) {
    if (values === undefined) continue;
    checkLength(name, values.length, rewards.length);
    const slot = values.findIndex((value) => !isGood(value));
    if (slot < 0) continue;
    throw new FlywheelError(
      'BAD_INPUT',
      `Slot ${slot + 1} has the ${name} ${values[slot]}; it must be ${wanted}.`,
    );
  }
  if (units !== undefined) checkLength('unit', units.length, rewards.length);
}

function checkLength(name: string, length: number, slots: number): void {
  if (length === slots) return;
  throw new FlywheelError(
    'BAD_INPUT',
    `There are ${slots} slots, but the ${name} of ${length}; give one per slot.`,
  );
}
