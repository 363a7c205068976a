// Measures how near predicted ratings come to those that were given later.

import { FlywheelError } from '../../core/errors.js';
import type { Random } from '../../core/random.js';
import { ratingErrors } from '../../math/recommend/rating-errors.js';
import {
  predictRating,
  type RatingModel,
  ratingUserOf,
  trainRatings,
} from '../../math/recommend/rating-factorisation.js';
import { sparseFromTriples } from '../../math/sparse/sparse-matrix.js';
import type { Places } from '../../services/recommendation/strengths.js';
import { type InteractionFile, type InteractionRow, namesOf } from './interactions.js';

interface Settings {
  readonly factors: number;
  readonly regularisation: number;
  readonly biasShrinkage: number;
}

const tried: readonly Settings[] = [0, 4, 16].flatMap((factors) =>
  [0.05, 0.1, 0.2].map((regularisation) => ({ factors, regularisation, biasShrinkage: 5 })),
);

/** The share of the training rows that the settings are chosen by. */
const heldBackShare = 0.1;

function trained(
  rows: readonly InteractionRow[],
  users: Places,
  items: Places,
  settings: Settings,
  random: Random,
): RatingModel {
  const ratings = sparseFromTriples(
    users.codes.length,
    items.codes.length,
    {
      row: rows.map(({ user }) => users.placeOf.get(user) ?? -1),
      column: rows.map(({ item }) => items.placeOf.get(item) ?? -1),
      value: rows.map(({ value }) => value ?? 0),
    },
    'last',
  );
  return trainRatings(ratings, { ...settings, random });
}

function errorsOf(model: RatingModel, rows: readonly InteractionRow[], users: Places, items: Places) {
  // Of a user who is not known nothing but the mean counts.
  const stranger = new Float64Array(model.factors + 1);
  const predicted = rows.map(({ user, item }) => {
    const row = users.placeOf.get(user);
    return predictRating(
      model,
      row === undefined ? stranger : ratingUserOf(model, row),
      items.placeOf.get(item),
    );
  });
  return ratingErrors(
    predicted,
    rows.map(({ value }) => value ?? 0),
  );
}

/** BAD_INPUT where a file has no column `value`. */
export function evaluateRatings(
  train: InteractionFile,
  test: InteractionFile,
  random: Random,
): Readonly<Record<string, unknown>> {
  const without = [train, test].find(({ hasValues }) => !hasValues);
  if (without !== undefined)
    throw new FlywheelError('BAD_INPUT', `${without.path} has no column "value", which holds the ratings.`);
  const [users, items] = [namesOf(train.rows, 'user'), namesOf(train.rows, 'item')];
  const draw = random.stream('held back');
  const isHeld = train.rows.map(() => draw.uniform() < heldBackShare);
  const [known, held] = [false, true].map((wanted) => train.rows.filter((_, at) => isHeld[at] === wanted));
  const startMs = performance.now();
  let chosen = tried[0] ?? { factors: 0, regularisation: 0.1, biasShrinkage: 5 };
  let best = Number.POSITIVE_INFINITY;
  if (known !== undefined && held !== undefined && known.length > 0 && held.length > 0)
    for (const settings of tried) {
      const { rmse } = errorsOf(
        trained(known, users, items, settings, random.stream('fit')),
        held,
        users,
        items,
      );
      if (rmse < best) [best, chosen] = [rmse, settings];
    }
  const model = trained(train.rows, users, items, chosen, random.stream('fit'));
  const trainedMs = performance.now();
  const errors = errorsOf(model, test.rows, users, items);
  const mean = test.rows.map(() => model.mean);
  const ofMean = ratingErrors(
    mean,
    test.rows.map(({ value }) => value ?? 0),
  );
  return {
    ratings: train.rows.length,
    testRatings: test.rows.length,
    rmse: errors.rmse,
    mae: errors.mae,
    rmseOfMean: ofMean.rmse,
    parameters: chosen,
    secondsToTrain: (trainedMs - startMs) / 1_000,
    secondsToPredict: (performance.now() - trainedMs) / 1_000,
  };
}
