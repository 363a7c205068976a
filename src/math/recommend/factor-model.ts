// What every factorisation of a matrix of users and items leaves, and how it scores.

import { gramOfColumns } from '../dense/gram.js';

/** Users and items as vectors of `factors` numbers; a score is their scalar product. */
export interface FactorModel {
  readonly factors: number;
  /** Users x factors, by rows. */
  readonly userFactors: Float64Array;
  /** Items x factors, by rows. */
  readonly itemFactors: Float64Array;
  /** H'H of the item factors H, kept so that newcomers are placed without reading all of them. */
  readonly itemGram: Float64Array;
}

/** Puts both sides together. */
export function factorModel(
  factors: number,
  userFactors: Float64Array,
  itemFactors: Float64Array,
): FactorModel {
  return { factors, userFactors, itemFactors, itemGram: gramOfColumns(itemFactors, factors) };
}

/** The factors of user `user` of the training data, as a view. */
export function userFactorsOf(model: FactorModel, user: number): Float64Array {
  return model.userFactors.subarray(user * model.factors, (user + 1) * model.factors);
}

/** Adds to each item's score the product of its factors with those of a user. */
export function scoreFactors(model: FactorModel, user: Float64Array, scores: Float64Array): void {
  const { factors, itemFactors } = model;
  for (let item = 0; item < scores.length; item += 1) {
    let sum = 0;
    const start = item * factors;
    for (let k = 0; k < factors; k += 1) sum += (user[k] ?? 0) * (itemFactors[start + k] ?? 0);
    scores[item] = (scores[item] ?? 0) + sum;
  }
}
