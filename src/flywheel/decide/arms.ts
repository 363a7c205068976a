// Which part of the customers somebody belongs to while ways to decide are compared.

import { armOf } from '../../math/decide/assign-arm.js';

export const arms = ['HOLDOUT', 'CHAMPION', 'CHALLENGER'] as const;
export type Arm = (typeof arms)[number];

/** The experiment that every customer takes part in: who is held out of it stays so for good. */
export const holdoutExperiment = 'holdout';

export interface ArmShares {
  /** The share of customers who get the untrained floor. */
  readonly holdoutShare: number;
  /** Of the others, the share who are served by a model on trial, while there is one. */
  readonly challengerShare: number;
}

/**
 * The arm of a customer by the hash of the code: the same in every process and for good, except that each model on trial
 * (`challenger`; null for none) is tried on customers of its own.
 */
export function armOfCustomer(
  { holdoutShare, challengerShare }: ArmShares,
  customer: string,
  challenger: string | null,
): Arm {
  if (armOf(holdoutExperiment, customer, [holdoutShare, 1 - holdoutShare]) === 0) return 'HOLDOUT';
  if (challenger === null || challengerShare === 0) return 'CHAMPION';
  const isTried = armOf(`trial of ${challenger}`, customer, [challengerShare, 1 - challengerShare]) === 0;
  return isTried ? 'CHALLENGER' : 'CHAMPION';
}
