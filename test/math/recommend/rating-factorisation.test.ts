import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/random.js';
import { drawNormal } from '../../../src/math/random-variates.js';
import { ratingErrors } from '../../../src/math/recommend/rating-errors.js';
import {
  placeByRatings,
  predictRating,
  type RatingModel,
  ratingUserOf,
  trainRatings,
} from '../../../src/math/recommend/rating-factorisation.js';
import { type SparseMatrix, sparseFromTriples, sparseRow } from '../../../src/math/sparse/sparse-matrix.js';

const [users, items, noise] = [300, 120, 0.4];

/** Ratings of a world that is known: 3.5 + biases + two hidden tastes + noise, a quarter of the pairs, split in two. */
function world(): { readonly train: SparseMatrix; readonly test: SparseMatrix } {
  const random = createRandom('ratings');
  const draw = (count: number, deviation: number) =>
    Float64Array.from({ length: count }, () => drawNormal(random, 0, deviation));
  const [userBias, itemBias] = [draw(users, 0.4), draw(items, 0.5)];
  const [userTaste, itemTaste] = [draw(users * 2, 0.8), draw(items * 2, 0.8)];
  const triples = () => ({ row: [] as number[], column: [] as number[], value: [] as number[] });
  const [train, test] = [triples(), triples()];
  for (let user = 0; user < users; user += 1) {
    for (let item = 0; item < items; item += 1) {
      if (random.uniform() > 0.25) continue;
      const into = random.uniform() < 0.8 ? train : test;
      const taste =
        (userTaste[user * 2] ?? 0) * (itemTaste[item * 2] ?? 0) +
        (userTaste[user * 2 + 1] ?? 0) * (itemTaste[item * 2 + 1] ?? 0);
      into.row.push(user);
      into.column.push(item);
      into.value.push(
        3.5 + (userBias[user] ?? 0) + (itemBias[item] ?? 0) + taste + drawNormal(random, 0, noise),
      );
    }
  }
  return { train: sparseFromTriples(users, items, train), test: sparseFromTriples(users, items, test) };
}

const { train, test } = world();
const settings = { factors: 2, regularisation: 0.02, biasShrinkage: 2 };

function modelOf(options: Partial<typeof settings> = {}, seed = 1): RatingModel {
  return trainRatings(train, { ...settings, ...options, random: createRandom(seed) });
}

function errorsOn(matrix: SparseMatrix, model: RatingModel) {
  const predicted: number[] = [];
  for (let user = 0; user < users; user += 1)
    for (const item of sparseRow(matrix, user).indices)
      predicted.push(predictRating(model, ratingUserOf(model, user), item));
  return ratingErrors(predicted, matrix.values);
}

describe('the factorisation of observed ratings', () => {
  it('predicts ratings that it has not seen almost as well as the noise allows, and better than biases alone', () => {
    const { rmse, mae } = errorsOn(test, modelOf());
    expect(rmse).toBeLessThan(1.25 * noise);
    // The mean absolute value of a normal error is sqrt(2 / pi) of its deviation.
    expect(mae / rmse).toBeCloseTo(Math.sqrt(2 / Math.PI), 1);
    expect(errorsOn(test, modelOf({ factors: 0 })).rmse).toBeGreaterThan(2 * noise);
  });

  it('places a user where no small move lowers the penalised error', () => {
    const model = modelOf();
    const ratings = sparseRow(train, 0);
    const place = placeByRatings(model, ratings);
    const cost = (point: Float64Array) => {
      let sum = settings.biasShrinkage * (point[0] ?? 0) ** 2;
      for (const factor of point.subarray(1))
        sum += settings.regularisation * ratings.indices.length * factor ** 2;
      for (const [at, item] of ratings.indices.entries()) {
        const predicted = predictRating({ ...model, lowest: -99, highest: 99 }, point, item);
        sum += ((ratings.values[at] ?? 0) - predicted) ** 2;
      }
      return sum;
    };
    for (let k = 0; k < place.length; k += 1) {
      for (const step of [1e-4, -1e-4]) {
        const moved = place.slice();
        moved[k] = (moved[k] ?? 0) + step;
        expect(cost(moved)).toBeGreaterThan(cost(place));
      }
    }
  });

  it('with biases alone gives the shrunken means that can be worked out by hand', () => {
    const ratings = sparseFromTriples(2, 1, { row: [0, 1], column: [0, 0], value: [1, 3] });
    const model = trainRatings(ratings, {
      factors: 0,
      regularisation: 1,
      biasShrinkage: 1,
      random: createRandom(1),
    });
    expect(model.mean).toBe(2);
    expect(predictRating(model, ratingUserOf(model, 0), 0)).toBeCloseTo(1.5, 12);
    expect(predictRating(model, ratingUserOf(model, 1), 0)).toBeCloseTo(2.5, 12);
  });

  it('answers for who and what is unknown from what is known', () => {
    const model = modelOf();
    const nobody = placeByRatings(model, { indices: new Int32Array(), values: new Float64Array() });
    expect(predictRating(model, nobody)).toBe(model.mean);
    expect(predictRating(model, nobody, 5)).toBeCloseTo(model.mean + (model.items[5 * 3] ?? 0), 12);
    expect(predictRating(model, ratingUserOf(model, 7))).toBeCloseTo(
      model.mean + (model.users[7 * 3] ?? 0),
      12,
    );
  });

  it('stays within the ratings that were seen', () => {
    const model = modelOf();
    const enthusiast = Float64Array.of(100, 0, 0);
    expect(predictRating(model, enthusiast, 0)).toBe(Math.max(...train.values));
    expect(predictRating(model, Float64Array.of(-100, 0, 0), 0)).toBe(Math.min(...train.values));
  });

  it('is the same to the last bit from the same seed', () => {
    expect(modelOf({}, 3)).toEqual(modelOf({}, 3));
  });

  it('refuses no ratings, and penalties of 0', () => {
    const options = { ...settings, random: createRandom(1) };
    expect(() => trainRatings(sparseFromTriples(1, 1, { row: [], column: [] }), options)).toThrow(
      'at least one',
    );
    expect(() => trainRatings(train, { ...options, regularisation: 0 })).toThrow('penalties above 0');
  });
});

describe('ratingErrors', () => {
  it('by hand', () => {
    expect(ratingErrors([1, 2], [4, 6])).toEqual({ rmse: Math.sqrt(12.5), mae: 3.5 });
    expect(() => ratingErrors([], [])).toThrow('at least one');
  });
});
