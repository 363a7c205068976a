// Fits every strategy to all that is known.

import type { Random } from '../../core/random.js';
import { type ImplicitAlsModel, trainImplicitAls } from '../../math/recommend/implicit-als.js';
import { trainNmf } from '../../math/recommend/nmf.js';
import { trainRatings } from '../../math/recommend/rating-factorisation.js';
import { columnCounts, type SparseMatrix } from '../../math/sparse/sparse-matrix.js';
import { englishStopWords } from '../../math/text/english-stop-words.js';
import { fitTfIdf } from '../../math/text/tf-idf.js';
import { fitAutoParts } from './auto-parts.js';
import type { Blend, RecommendationModel } from './model.js';
import type { Shop } from './read-shop.js';
import type { RecommendationSettings } from './settings.js';
import { type Strengths, sharesOf } from './strengths.js';

/** The most numbers per product that NMF and ALS keep. */
const nmfFactorsMax = 32;
const alsFactorsMax = 64;

/** With fewer ratings, a missing one is read from NMF, whose zeros make up for what is not known. */
const ratingsMin = 50;

const ratingSettings = { factors: 4, regularisation: 0.1, biasShrinkage: 5 } as const;

type Report = (share: number) => void;

/** At most half as many factors as there are rows or columns: more would repeat the matrix and not summarise it. */
function factorsFor({ rows, columns }: SparseMatrix, most: number): number {
  return Math.max(1, Math.min(most, Math.floor(Math.min(rows, columns) / 2)));
}

/** How the shares are factorised by ALS, wherever that is done; `rounds` is over customers and products. */
export function alsSettings(shares: SparseMatrix) {
  return { factors: factorsFor(shares, alsFactorsMax), regularisation: 10, alpha: 1, rounds: 15 } as const;
}

/** The work of each step, as a share of all of it, in the order in which they are made. */
const steps = { auto: 0.3, nmf: 0.45, als: 0.2, ratings: 0.05 } as const;

export interface FitOptions {
  readonly random: Random;
  readonly onProgress: Report;
  /** The factorisation of the shares by ALS, where it was done elsewhere; undefined: it is done here. */
  readonly als: ImplicitAlsModel | undefined;
}

export function fitModel(
  shop: Shop,
  strengths: Strengths,
  settings: Pick<RecommendationSettings, 'weights' | 'textFields'>,
  blend: Blend,
  { random, onProgress, als: ready }: FitOptions,
): RecommendationModel {
  const { stars, ratings } = strengths;
  const shares = sharesOf(stars);
  let done = 0;
  const reporter = (step: keyof typeof steps): Report => {
    const from = done;
    done += steps[step];
    return (share) => onProgress(from + steps[step] * share);
  };
  const { itemKnn, ease } = fitAutoParts(shares, blend, reporter('auto'));
  const nmf = fitNmf(stars, random.stream('nmf'), reporter('nmf'));
  const onAls = reporter('als');
  const { rounds: iterations, ...ofAls } = alsSettings(shares);
  const als =
    ready ??
    trainImplicitAls(shares, { ...ofAls, iterations, random: random.stream('als'), onProgress: onAls });
  return {
    format: 1,
    settings: { weights: { ...settings.weights }, textFields: [...settings.textFields] },
    blend,
    products: [...shop.products.codes],
    customers: [...shop.customers.codes],
    stars,
    recent: shop.recent,
    texts: fitTfIdf(shop.texts, englishStopWords).matrix,
    neighbours: itemKnn.neighbours,
    ease: { items: ease.items, placeOf: ease.placeOf, weights: ease.weights },
    nmf,
    als: {
      factors: als.factors,
      itemFactors: als.itemFactors,
      itemGram: als.itemGram,
      regularisation: als.regularisation,
      alpha: als.alpha,
      objective: als.objective,
    },
    ratingCount: ratings.values.length,
    ratings: fitRatings(ratings, random.stream('ratings'), reporter('ratings')),
  };
}

function fitNmf(stars: SparseMatrix, random: Random, onProgress: Report): RecommendationModel['nmf'] {
  // Nothing to factorise: every product stands at 0.
  if (stars.values.length === 0)
    return { factors: 1, itemFactors: new Float64Array(stars.columns), itemGram: new Float64Array(1) };
  const { factors, itemFactors, itemGram } = trainNmf(stars, {
    factors: factorsFor(stars, nmfFactorsMax),
    random,
    onProgress,
  });
  return { factors, itemFactors, itemGram };
}

function fitRatings(
  ratings: SparseMatrix,
  random: Random,
  onProgress: Report,
): RecommendationModel['ratings'] {
  if (ratings.values.length < ratingsMin) return null;
  const { factors, regularisation, biasShrinkage, mean, lowest, highest, items } = trainRatings(ratings, {
    ...ratingSettings,
    random,
    onProgress,
  });
  const rated = Uint8Array.from(columnCounts(ratings), (count) => (count > 0 ? 1 : 0));
  return { factors, regularisation, biasShrinkage, mean, lowest, highest, items, rated };
}
