// The methods that `evaluate recommendation` measures: each trains on a split and scores its users.

import { FlywheelError } from '../../core/errors.js';
import type { Random } from '../../core/random.js';
import type { ScoreCatalogue } from '../../math/ranking/rank-catalogue.js';
import { scoreContent } from '../../math/recommend/content.js';
import { scoreEase, trainEase } from '../../math/recommend/ease.js';
import { type FactorModel, scoreFactors, userFactorsOf } from '../../math/recommend/factor-model.js';
import { trainImplicitAls } from '../../math/recommend/implicit-als.js';
import { scoreItemKnn, trainItemKnn } from '../../math/recommend/item-knn.js';
import { trainNmf } from '../../math/recommend/nmf.js';
import { nearestUsers, scoreUserKnn, trainUserKnn } from '../../math/recommend/user-knn.js';
import { columnCounts, sparseRow } from '../../math/sparse/sparse-matrix.js';
import { englishStopWords } from '../../math/text/english-stop-words.js';
import { fitTfIdf } from '../../math/text/tf-idf.js';
import { easeBestSellers, fitAutoParts } from '../../services/recommendation/auto-parts.js';
import { createAutoScore } from '../../services/recommendation/auto-score.js';
import { holdBack } from '../../services/recommendation/held-back.js';
import { recentFromMs } from '../../services/recommendation/read-shop.js';
import { blendDefaults, chooseBlend, type HeldBack, judgedMin } from '../../services/recommendation/tune.js';
import { endOf, type InteractionFile, matrixOf, recentRows, type Split } from './interactions.js';

export const rankingMethods = [
  'auto',
  'popularity',
  'content',
  'user-cf',
  'item-knn',
  'nmf',
  'ease',
  'als',
] as const;
export type RankingMethod = (typeof rankingMethods)[number];

export interface RankingTask {
  readonly split: Split;
  readonly train: InteractionFile;
  /** The text of each item of the split; undefined where no file of items was given. */
  readonly texts: readonly string[] | undefined;
  readonly random: Random;
}

export interface TrainedRanking {
  readonly score: ScoreCatalogue;
  /** What was chosen. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** How much of the training went into the choice; undefined where there was none. */
  readonly secondsToChoose?: number;
}

/** EASE is fitted to all items up to so many, and beyond to the best sellers: its time grows with the cube. */
const easeItemsMax = 4_000;

type Train = (task: RankingTask) => TrainedRanking;

/** Trains a method on the training part. BAD_INPUT where it needs what was not given. */
export const trainRanking: Readonly<Record<RankingMethod, Train>> = {
  auto: trainAuto,
  popularity: ({ split, train }) => ({
    score: (_, scores) => scores.set(split.recent),
    parameters: { days: train.hasTimes ? 30 : null },
  }),
  content: ({ split, texts }) => {
    if (texts === undefined)
      throw new FlywheelError(
        'BAD_INPUT',
        'The method content reads texts; give them with --items items.csv.',
      );
    const rows = fitTfIdf(texts, englishStopWords).matrix;
    return {
      score: (user, scores) => scoreContent(rows, sparseRow(split.train, user), scores),
      parameters: {},
    };
  },
  'user-cf': ({ split }) => {
    const model = trainUserKnn(split.train);
    const neighbours = 100;
    return {
      score: (user, scores) => {
        const nearest = nearestUsers(model, sparseRow(split.train, user), neighbours, user);
        scoreUserKnn(model, nearest, 'similarity', scores);
      },
      parameters: { neighbours },
    };
  },
  'item-knn': ({ split }) => {
    const neighbours = 100;
    const model = trainItemKnn(split.train, { neighbours });
    return {
      score: (user, scores) => scoreItemKnn(model, sparseRow(split.train, user), scores),
      parameters: { neighbours },
    };
  },
  nmf: ({ split, random }) => {
    const factors = factorsFor(split, 64);
    return { score: scoreBy(trainNmf(split.train, { factors, random })), parameters: { factors } };
  },
  ease: ({ split }) => {
    const regularisation = 300;
    const items = split.items.codes.length;
    const bestSellers = items <= easeItemsMax ? items : easeBestSellers;
    const model = trainEase(split.train, { regularisation, bestSellers });
    return {
      score: (user, scores) => scoreEase(model, sparseRow(split.train, user), scores),
      parameters: { regularisation, bestSellers },
    };
  },
  als: ({ split, random }) => {
    const settings = { factors: factorsFor(split, 128), regularisation: 10, alpha: 1 };
    return { score: scoreBy(trainImplicitAls(split.train, { ...settings, random })), parameters: settings };
  },
};

function factorsFor({ train }: Split, most: number): number {
  return Math.max(1, Math.min(most, Math.floor(Math.min(train.rows, train.columns) / 2)));
}

function scoreBy(model: FactorModel): ScoreCatalogue {
  return (user, scores) => scoreFactors(model, userFactorsOf(model, user), scores);
}

/** As the service does it: chosen on the last 30 days of the training part, then fitted to all of it. */
function trainAuto({ split, train, random }: RankingTask): TrainedRanking {
  const startMs = performance.now();
  const held = heldBackOf(split, train, random);
  const chosen = held.customers.length < judgedMin ? undefined : chooseBlend(held, () => undefined);
  const blend = chosen?.blend ?? blendDefaults;
  const secondsToChoose = (performance.now() - startMs) / 1_000;
  const score = createAutoScore(
    fitAutoParts(split.train, blend, () => undefined),
    blend,
    split.recent,
  );
  return {
    score: (user, scores) => score(sparseRow(split.train, user), scores),
    parameters: { ...blend, heldBack: held.customers.length, heldBackNdcg: chosen?.quality.ndcg ?? null },
    secondsToChoose,
  };
}

/** A fifth of the rows, drawn, where no times are given. */
const drawnShare = 0.2;

function heldBackOf({ users, items, train: all }: Split, train: InteractionFile, random: Random): HeldBack {
  const { rows, hasTimes } = train;
  const fromMs = hasTimes ? recentFromMs(endOf(rows)) : 0;
  const earlier = hasTimes
    ? rows.filter(({ atMs }) => (atMs ?? 0) < fromMs)
    : rows.filter(() => random.uniform() >= drawnShare);
  const before = matrixOf(earlier, users, items);
  // The 30 days before those that are held back.
  const recent = hasTimes
    ? earlier.filter(({ atMs }) => (atMs ?? 0) >= recentFromMs(fromMs - 1))
    : recentRows({ rows: earlier, hasTimes });
  return holdBack(
    { shares: before, owned: before, recent: columnCounts(matrixOf(recent, users, items)) },
    all,
  );
}
