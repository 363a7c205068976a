// Answers the methods of recommendation from a trained model and from what the warehouse knows of customers now.

import { FlywheelError } from '../../core/errors.js';
import { type FactorModel, scoreFactors } from '../../math/recommend/factor-model.js';
import { placeInNmf } from '../../math/recommend/nmf.js';
import { placeByRatings, predictRating } from '../../math/recommend/rating-factorisation.js';
import type { SparseVector } from '../../math/sparse/sparse-matrix.js';
import { checkItems } from '../host/check-items.js';
import { inTurns } from '../host/in-turns.js';
import type { Handler, LoadedModel, WorkshopDeps } from '../host/workshop-contract.js';
import { type Answers, createAnswers } from './answers.js';
import { recommendBestSellers } from './baseline.js';
import {
  type RatingItem,
  type RecommendItem,
  recommendationMethods,
  type ScoredProducts,
  type SimilarItem,
} from './contract.js';
import { readModel } from './model.js';
import { createRecommender, type Recommender, type Shopper, similarProducts } from './recommender.js';
import { type RecommendationSettings, recommendationDefaults } from './settings.js';
import { createShoppers, type KnownShopper } from './shoppers.js';

/**
 * Makes a model ready: the same bytes, settings and warehouse give the same answers. Calls fail with BAD_INPUT for an
 * unknown method or items of another shape, and with what a read of the warehouse fails with. Other calls get their turn
 * while a batch is worked on; there the signal ends it with CANCELLED.
 */
export function createRecommendationHandler(
  { name, bytes }: Pick<LoadedModel, 'name' | 'bytes'>,
  { database }: WorkshopDeps,
  { keepOwned }: Pick<RecommendationSettings, 'keepOwned'> = recommendationDefaults,
): Handler {
  const recommender = createRecommender(readModel(bytes));
  const shoppers = createShoppers(database, recommender);
  const answers = createAnswers();
  const { recommend, similar, rating } = recommendationMethods;
  const customerOf = ({ customer }: { readonly customer: string }) => customer;
  const reply = (results: readonly unknown[]) => ({ model: name, results });
  return async (method, items, { signal }) => {
    switch (method) {
      case 'recommend': {
        const asked = checkItems(recommend, items);
        const known = await shoppers.read(asked.map(customerOf), signal);
        return reply(
          await inTurns(asked, signal, (item) =>
            recommendTo({ recommender, answers }, known.get(item.customer), {
              ...item,
              keepOwned: item.keepOwned ?? keepOwned,
            }),
          ),
        );
      }
      case 'similar':
        return reply(
          await inTurns(checkItems(similar, items), signal, (item) => similarTo(recommender, item)),
        );
      case 'rating': {
        const asked = checkItems(rating, items);
        const known = await shoppers.read(asked.map(customerOf), signal);
        return reply(
          await inTurns(asked, signal, (item) =>
            ratingOf(recommender, known.get(item.customer)?.shopper, item),
          ),
        );
      }
      default:
        throw unknownMethod(method);
    }
  };
}

/** Answers before the first training: best sellers, and nothing where a model would be needed. */
export function createModellessHandler({ database }: WorkshopDeps): Handler {
  return async (method, items, { signal }) => {
    if (!(method in recommendationMethods)) throw unknownMethod(method);
    if (method !== 'recommend') return { model: null, results: items.map(() => null) };
    const asked = checkItems(recommendationMethods.recommend, items);
    return { model: null, results: await recommendBestSellers(database, asked, signal) };
  };
}

function unknownMethod(method: string): FlywheelError {
  const names = Object.keys(recommendationMethods).join(', ');
  return new FlywheelError('BAD_INPUT', `There is no method ${method}; recommendation has ${names}.`);
}

function recommendTo(
  { recommender, answers }: { readonly recommender: Recommender; readonly answers: Answers },
  known: KnownShopper | undefined,
  { first, by = 'AUTO', keepOwned }: RecommendItem & Pick<RecommendationSettings, 'keepOwned'>,
): ScoredProducts | null {
  if (known === undefined) return null;
  const question = `${first} ${by} ${keepOwned}`;
  const { reading, shopper } = known;
  const answered = reading === undefined ? undefined : answers.get(reading, question);
  if (answered !== undefined) return answered;
  const { ranked, because } = recommender.rank(shopper, by, { first, keepOwned });
  const answer = { items: scored(recommender, ranked.indices, ranked.scores, (rank) => because[rank] ?? []) };
  if (reading !== undefined) answers.remember(reading, question, answer);
  return answer;
}

function similarTo(recommender: Recommender, { product, first }: SimilarItem): ScoredProducts | null {
  const item = recommender.products.placeOf.get(product);
  if (item === undefined) return null;
  const { indices, scores } = similarProducts(recommender, item, first);
  return { items: scored(recommender, indices, scores, () => [item]) };
}

function scored(
  { products }: Recommender,
  indices: Int32Array,
  scores: Float64Array,
  because: (rank: number) => readonly number[],
): ScoredProducts['items'] {
  const codeOf = (place: number) => products.codes[place] ?? '';
  return Array.from(indices, (place, rank) => ({
    product: codeOf(place),
    score: scores[rank] ?? 0,
    because: because(rank).map(codeOf),
  }));
}

function ratingOf(
  recommender: Recommender,
  shopper: Shopper | undefined,
  { product }: RatingItem,
): { readonly score: number } | null {
  const { model, products } = recommender;
  const item = products.placeOf.get(product);
  const isUnknown = shopper === undefined || shopper.stars.indices.length === 0;
  if (model.ratingCount === 0 || item === undefined || isUnknown) return null;
  if (model.ratings === null) return { score: entryOf(model.nmf, shopper.stars, item) };
  const fit = { ...model.ratings, users: new Float64Array() };
  return {
    score: predictRating(fit, placeByRatings(fit, shopper.ratings), fit.rated[item] === 1 ? item : undefined),
  };
}

/** The entry of the factorised matrix at one product. */
function entryOf(nmf: Omit<FactorModel, 'userFactors'>, stars: SparseVector, item: number): number {
  const model = { ...nmf, userFactors: new Float64Array() };
  const scores = new Float64Array(nmf.itemFactors.length / nmf.factors);
  scoreFactors(model, placeInNmf(model, stars), scores);
  return scores[item] ?? 0;
}
