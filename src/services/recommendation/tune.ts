// Chooses how AUTO blends its parts: by what ordered a held-back month best.

import { contenders } from '../../math/ranking/contenders.js';
import { type RankingMetrics, rankingMetrics } from '../../math/ranking/ranking-metrics.js';
import { topK } from '../../math/ranking/top-k.js';
import { scoreEase } from '../../math/recommend/ease.js';
import { scoreItemKnn } from '../../math/recommend/item-knn.js';
import { recencyWeights } from '../../math/recommend/recent-popularity.js';
import { type SparseMatrix, sparseRow } from '../../math/sparse/sparse-matrix.js';
import { type AutoParts, fitAutoParts, fitEase, fitKnn } from './auto-parts.js';
import { mixParts, weighMixture } from './auto-score.js';
import type { Blend } from './model.js';

/** Facts before a moment, and what customers got for the first time in the month after it. */
export interface HeldBack {
  /** Customers x products, from 0 to 1, as known before the moment. */
  readonly shares: SparseMatrix;
  /** Customers x products: 1 where bought or rated before. */
  readonly owned: SparseMatrix;
  /** Distinct customers of each product in the 30 days before the moment. */
  readonly recent: Float64Array;
  /** The customers that are judged, and what each of them got. */
  readonly customers: Int32Array;
  readonly relevant: readonly Int32Array[];
}

/** What is used where too little is held back to choose by: about the best on half a million sales of a real shop. */
export const blendDefaults: Blend = {
  neighbours: 100,
  regularisation: 300,
  easeShare: 0.5,
  exponent: 0.5,
  offset: 2,
  prior: 0.01,
};

/** With fewer customers to judge by, chance would choose. */
export const judgedMin = 50;

/** The length of the lists that are judged. */
export const judgedLength = 10;

const neighboursTried = [20, 50, 100, 200];
const regularisationsTried = [50, 100, 200, 400];
const easeSharesTried = [0, 0.25, 0.5, 0.75, 1];
const exponentsTried = [0.1, 0.25, 0.4, 0.5, 0.65, 0.8, 1];
const offsetsTried = [1, 2, 5];
const priorsTried = [0.01, 0.3, 2];

/** The work of the lists, by and large, as a share of that of a comparison. */
const listsShare = 0.8;

/**
 * The quality of several blends of two trained parts. Each customer is scored once for all of them, and of each mixture
 * only the products are weighed that can be in the list of any blend.
 */
function compare(
  held: HeldBack,
  parts: AutoParts,
  blends: readonly Blend[],
  onProgress: (share: number) => void,
): readonly RankingMetrics[] {
  const items = held.shares.columns;
  const scored = { itemKnn: new Float64Array(items), ease: new Float64Array(items) };
  const [mixture, scores] = [new Float64Array(items), new Float64Array(items)];
  const excluded = new Uint8Array(items);
  const bySales = topK(held.recent, items).indices;
  const judged = blends.map((blend) => ({
    blend,
    weights: recencyWeights(held.recent, blend),
    lists: [] as Int32Array[],
  }));
  const easeShares = new Set(blends.map(({ easeShare }) => easeShare));
  for (const [place, customer] of held.customers.entries()) {
    const basket = sparseRow(held.shares, customer);
    scoreItemKnn(parts.itemKnn, basket, scored.itemKnn.fill(0));
    scoreEase(parts.ease, basket, scored.ease.fill(0));
    const owned = sparseRow(held.owned, customer).indices;
    for (const item of owned) excluded[item] = 1;
    for (const easeShare of easeShares) {
      mixParts(scored, easeShare, mixture);
      const candidates = contenders(mixture, bySales, judgedLength, excluded);
      for (const { blend, weights, lists } of judged) {
        if (blend.easeShare !== easeShare) continue;
        weighMixture(mixture, basket.indices.length, blend, weights, scores, candidates);
        lists.push(topK(scores, judgedLength, { candidates }).indices);
      }
    }
    for (const item of owned) excluded[item] = 0;
    if (place % 16 === 15) onProgress((listsShare * (place + 1)) / held.customers.length);
  }
  return judged.map(({ lists }, at) => {
    const metrics = rankingMetrics(lists, held.relevant, judgedLength, items);
    onProgress(listsShare + ((1 - listsShare) * (at + 1)) / blends.length);
    return metrics;
  });
}

/** The place of the first of the highest. */
function best(qualities: readonly RankingMetrics[]): number {
  return (
    topK(
      Float64Array.from(qualities, ({ ndcg }) => ndcg),
      1,
    ).indices[0] ?? 0
  );
}

export interface Chosen {
  readonly blend: Blend;
  readonly quality: RankingMetrics;
  /** How many blends were compared. */
  readonly compared: number;
}

/**
 * First each part alone, by its own setting, weighed by the default recency; then every mixture of both with every
 * weight and prior. What is best by nDCG@10 is taken, and of equal ones the first.
 */
export function chooseBlend(held: HeldBack, onProgress: (share: number) => void): Chosen {
  const steps = neighboursTried.length + regularisationsTried.length + 2;
  let step = 0;
  const ofStep = (share: number) => onProgress((step + share) / steps);
  const alone = (easeShare: number, parts: AutoParts) =>
    compare(held, parts, [{ ...blendDefaults, easeShare }], (share) => ofStep((1 + share) / 2))[0];
  const training = (share: number) => ofStep(share / 2);
  const nothing: AutoParts = {
    itemKnn: { neighbours: noItems(held), keepers: noItems(held) },
    ease: {
      items: new Int32Array(),
      placeOf: new Int32Array(held.shares.columns).fill(-1),
      weights: new Float32Array(),
    },
  };
  const tried = <Setting, Model>(
    settings: readonly Setting[],
    train: (setting: Setting) => Model,
    quality: (model: Model) => RankingMetrics | undefined,
  ) => {
    let [setting, model, ndcg]: [Setting | undefined, Model | undefined, number] = [undefined, undefined, -1];
    for (const candidate of settings) {
      const fitted = train(candidate);
      const reached = quality(fitted)?.ndcg ?? 0;
      if (reached > ndcg) [setting, model, ndcg] = [candidate, fitted, reached];
      step += 1;
    }
    return { setting, model };
  };
  const knn = tried(
    neighboursTried,
    (neighbours) => fitKnn(held.shares, neighbours, training),
    (itemKnn) => alone(0, { ...nothing, itemKnn }),
  );
  const ease = tried(
    regularisationsTried,
    (regularisation) => fitEase(held.shares, regularisation, training),
    (model) => alone(1, { ...nothing, ease: model }),
  );
  const parts = { itemKnn: knn.model ?? nothing.itemKnn, ease: ease.model ?? nothing.ease };
  const blends = blendsOf(
    knn.setting ?? blendDefaults.neighbours,
    ease.setting ?? blendDefaults.regularisation,
  );
  const qualities = compare(held, parts, blends, (share) => ofStep(2 * share));
  const at = best(qualities);
  const [blend, quality] = [blends[at], qualities[at]];
  if (blend === undefined || quality === undefined) throw new Error('There is no blend to choose from.');
  return { blend, quality, compared: blends.length };
}

function noItems(held: HeldBack): SparseMatrix {
  const size = held.shares.columns;
  return {
    rows: size,
    columns: size,
    starts: new Int32Array(size + 1),
    indices: new Int32Array(),
    values: new Float64Array(),
  };
}

function blendsOf(neighbours: number, regularisation: number): readonly Blend[] {
  return easeSharesTried.flatMap((easeShare) =>
    exponentsTried.flatMap((exponent) =>
      offsetsTried.flatMap((offset) =>
        priorsTried.map((prior) => ({ neighbours, regularisation, easeShare, exponent, offset, prior })),
      ),
    ),
  );
}

/** The quality of one blend, its parts trained anew on what was known before the held-back month. */
export function qualityOf(held: HeldBack, blend: Blend, onProgress: (share: number) => void): RankingMetrics {
  const parts = fitAutoParts(held.shares, blend, (share) => onProgress((2 / 3) * share));
  const [quality] = compare(held, parts, [blend], (share) => onProgress((2 + share) / 3));
  if (quality === undefined) throw new Error('One blend has one quality.');
  return quality;
}

/** The quality of recent popularity alone: the floor. */
export function popularityQuality(held: HeldBack): RankingMetrics {
  const items = held.shares.columns;
  const excluded = new Uint8Array(items);
  const lists = Array.from(held.customers, (customer) => {
    const owned = sparseRow(held.owned, customer).indices;
    for (const item of owned) excluded[item] = 1;
    const { indices } = topK(held.recent, judgedLength, { excluded });
    for (const item of owned) excluded[item] = 0;
    return indices;
  });
  return rankingMetrics(lists, held.relevant, judgedLength, items);
}
