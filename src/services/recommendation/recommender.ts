// A model made ready to score: every strategy by its name, for one customer at a time.

import { type Ranked, topK } from '../../math/ranking/top-k.js';
import { explainContent, scoreContent } from '../../math/recommend/content.js';
import { explainEase, scoreEase } from '../../math/recommend/ease.js';
import { type FactorModel, scoreFactors } from '../../math/recommend/factor-model.js';
import { placeInAls } from '../../math/recommend/implicit-als.js';
import { explainItemKnn, type ItemKnnModel, scoreItemKnn } from '../../math/recommend/item-knn.js';
import { placeInNmf } from '../../math/recommend/nmf.js';
import {
  nearestUsers,
  scoreUserKnn,
  trainUserKnn,
  type UserKnnModel,
} from '../../math/recommend/user-knn.js';
import { type SparseVector, sparseRow, transpose } from '../../math/sparse/sparse-matrix.js';
import type { AutoParts } from './auto-parts.js';
import { createAutoScore, type PartScales } from './auto-score.js';
import { reasonsMax, type Strategy } from './contract.js';
import type { RecommendationModel } from './model.js';
import { listsZeros } from './settings.js';
import { type Places, placesOf } from './strengths.js';

/** What is known of a customer. */
export interface Shopper {
  /** In stars, as the model's settings count them. */
  readonly stars: SparseVector;
  /** The same as shares from 0 to 1. */
  readonly shares: SparseVector;
  /** The ratings alone. */
  readonly ratings: SparseVector;
  /** The products that were bought or rated. */
  readonly owned: Int32Array;
  /** The row of the customer in the training data; undefined for one who came later. */
  readonly row: number | undefined;
}

/** Adds to `scores`; gives back what speaks for a product at the places of the basket, or undefined where only sales do. */
type Score = (shopper: Shopper, scores: Float64Array) => (item: number) => Float64Array | undefined;

export interface Recommender {
  readonly model: RecommendationModel;
  readonly products: Places;
  readonly customers: Places;
  readonly itemKnn: ItemKnnModel;
  /** The best products for a shopper, and why. */
  rank(
    shopper: Shopper,
    by: Strategy,
    options: { readonly first: number; readonly keepOwned: boolean },
  ): { readonly ranked: Ranked; readonly because: readonly (readonly number[])[] };
}

/** The nearest customers that user-based filtering asks. */
const nearestCustomers = 100;

/** Lays out what scoring needs beside the stored arrays. */
export function createRecommender(model: RecommendationModel): Recommender {
  const itemKnn = { neighbours: model.neighbours, keepers: transpose(model.neighbours) };
  const scorers = createScorers(model, itemKnn, trainUserKnn(model.stars));
  const size = model.products.length;
  const excluded = new Uint8Array(size);
  const scores = new Float64Array(size);
  return {
    model,
    products: placesOf(model.products),
    customers: placesOf(model.customers),
    itemKnn,
    rank(shopper, by, { first, keepOwned }) {
      // Of a newcomer nothing is known but what sells.
      const strategy = by === 'AUTO' && shopper.shares.indices.length === 0 ? 'POPULARITY' : by;
      const why = scorers[strategy](shopper, scores.fill(0));
      if (!keepOwned) for (const item of shopper.owned) excluded[item] = 1;
      const above = listsZeros.has(strategy) ? undefined : 0;
      const ranked = topK(scores, first, { excluded, above });
      for (const item of shopper.owned) excluded[item] = 0;
      return { ranked, because: Array.from(ranked.indices, (item) => reasons(shopper, item, why(item))) };
    },
  };
}

/** The products of the basket that add most to the score, the strongest first; never the product itself. */
function reasons(shopper: Shopper, item: number, shares: Float64Array | undefined): readonly number[] {
  if (shares === undefined) return [];
  const { indices } = shopper.shares;
  const named: number[] = [];
  for (const at of topK(shares, reasonsMax + 1, { above: 0 }).indices) {
    const reason = indices[at] ?? item;
    if (reason !== item && named.length < reasonsMax) named.push(reason);
  }
  return named;
}

const onlySales = () => undefined;

function createScorers(
  model: RecommendationModel,
  itemKnn: ItemKnnModel,
  userKnn: UserKnnModel,
): Readonly<Record<Strategy, Score>> {
  const { ease, texts, blend, recent } = model;
  const nmf: FactorModel = { ...model.nmf, userFactors: new Float64Array() };
  const als = { ...model.als, userFactors: new Float64Array() };
  const scoreAuto = createAutoScore({ itemKnn, ease }, blend, recent);
  return {
    AUTO: ({ shares }, scores) => {
      const scales = scoreAuto(shares, scores);
      return (item) => explainAuto({ itemKnn, ease }, scales, shares, item);
    },
    POPULARITY: (_, scores) => {
      scores.set(recent);
      return onlySales;
    },
    CONTENT: (shopper, scores) => {
      scoreContent(texts, shopper.shares, scores);
      return (item) => explainContent(texts, shopper.shares, item);
    },
    USER_CF: (shopper, scores) => {
      const nearest = nearestUsers(userKnn, shopper.stars, nearestCustomers, shopper.row);
      scoreUserKnn(userKnn, nearest, 'mean', scores);
      return (item) => explainItemKnn(itemKnn, shopper.shares, item);
    },
    ITEM_KNN: (shopper, scores) => {
      scoreItemKnn(itemKnn, shopper.shares, scores);
      return (item) => explainItemKnn(itemKnn, shopper.shares, item);
    },
    EASE: (shopper, scores) => {
      scoreEase(ease, shopper.shares, scores);
      return (item) => explainEase(ease, shopper.shares, item);
    },
    NMF: (shopper, scores) => {
      scoreFactors(nmf, placeInNmf(nmf, shopper.stars), scores);
      return (item) => explainFactors(nmf, shopper.shares, item);
    },
    ALS: (shopper, scores) => {
      scoreFactors(als, placeInAls(als, shopper.shares), scores);
      return (item) => explainFactors(als, shopper.shares, item);
    },
  };
}

/** What each product of the basket adds to the mixture at `item`. */
function explainAuto(
  { itemKnn, ease }: AutoParts,
  scales: PartScales,
  basket: SparseVector,
  item: number,
): Float64Array {
  const shares = explainItemKnn(itemKnn, basket, item);
  const fromEase = explainEase(ease, basket, item);
  for (let at = 0; at < shares.length; at += 1)
    shares[at] = scales.itemKnn * (shares[at] ?? 0) + scales.ease * (fromEase[at] ?? 0);
  return shares;
}

/** How near the vectors of the basket's products are to that of `item`. */
function explainFactors(model: FactorModel, basket: SparseVector, item: number): Float64Array {
  const { factors, itemFactors } = model;
  return basket.values.map((weight, at) => {
    const own = (basket.indices[at] ?? 0) * factors;
    let sum = 0;
    for (let k = 0; k < factors; k += 1)
      sum += (itemFactors[own + k] ?? 0) * (itemFactors[item * factors + k] ?? 0);
    return weight * sum;
  });
}

/** The products that are alike: by text, and by shared customers the more of them there are. */
export function similarProducts(recommender: Recommender, item: number, first: number): Ranked {
  const { model, itemKnn } = recommender;
  const scores = new Float64Array(model.products.length);
  const one = { indices: Int32Array.of(item), values: Float64Array.of(1) };
  scoreContent(model.texts, one, scores);
  const { indices, values } = sparseRow(itemKnn.neighbours, item);
  const evidence = indices.length / (indices.length + neighboursForHalf);
  const share = customerShareMax * evidence;
  for (let at = 0; at < scores.length; at += 1)
    scores[at] = Math.round((1 - share) * (scores[at] ?? 0) * 1e12) / 1e12;
  for (const [at, other] of indices.entries())
    scores[other] = (scores[other] ?? 0) + share * (values[at] ?? 0);
  const excluded = new Uint8Array(scores.length);
  excluded[item] = 1;
  return topK(scores, first, { excluded });
}

/** Shared customers count at most as much as this, and half of it with so many neighbours. */
const customerShareMax = 0.5;
const neighboursForHalf = 10;
