// Every named method on half a million real sales, against the figures of the reference to the digits that it states.

import { readFileSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/random.js';
import { rankCatalogue, type ScoreCatalogue } from '../../../src/math/ranking/rank-catalogue.js';
import { rankingMetrics } from '../../../src/math/ranking/ranking-metrics.js';
import { addShare } from '../../../src/math/recommend/add-share.js';
import { type EaseModel, scoreEase, trainEase } from '../../../src/math/recommend/ease.js';
import { scoreFactors, userFactorsOf } from '../../../src/math/recommend/factor-model.js';
import { trainImplicitAls } from '../../../src/math/recommend/implicit-als.js';
import { type ItemKnnModel, scoreItemKnn, trainItemKnn } from '../../../src/math/recommend/item-knn.js';
import { trainNmf } from '../../../src/math/recommend/nmf.js';
import { recencyWeights, weighByRecency } from '../../../src/math/recommend/recent-popularity.js';
import { nearestUsers, scoreUserKnn, trainUserKnn } from '../../../src/math/recommend/user-knn.js';
import { columnCounts, sparseRow } from '../../../src/math/sparse/sparse-matrix.js';
import {
  purchaseMatrix,
  readPurchases,
  type Split,
  splitPurchases,
  testWindow,
  validationWindow,
} from '../../support/online-retail.js';
import { describeWithSharedFile, sharedFile } from '../../support/shared-data.js';

interface Fixture {
  readonly customer: string;
  readonly top10: readonly string[];
  readonly scores: readonly number[];
}

describeWithSharedFile('data/online-retail.csv.gz', 'recommendations on Online Retail', (file) => {
  let purchases: ReturnType<typeof readPurchases>;
  let split: Split;
  let itemKnn: ItemKnnModel;
  let ease: EaseModel;

  beforeAll(() => {
    purchases = readPurchases(file);
    split = splitPurchases(purchases, testWindow);
    itemKnn = trainItemKnn(split.train, { neighbours: 100 });
    ease = trainEase(split.train, { regularisation: 300, bestSellers: 1500 });
  });

  const evaluate = (scoreCatalogue: ScoreCatalogue) => {
    const lists = rankCatalogue(split.testUsers, scoreCatalogue, { k: 10, owned: split.train });
    return rankingMetrics(
      lists.map(({ indices }) => indices),
      Array.from(split.testUsers, (user) => sparseRow(split.relevant, user).indices),
      10,
      split.codes.length,
    );
  };

  it('splits as the reference does', () => {
    expect(split.customers).toHaveLength(4063);
    expect(split.codes).toHaveLength(3618);
    expect(split.train.indices).toHaveLength(230_662);
    expect(split.relevant.indices).toHaveLength(26_458);
    expect(split.testUsers).toHaveLength(1287);
    const validation = splitPurchases(purchases, validationWindow);
    expect(validation.customers).toHaveLength(3718);
    expect(validation.codes).toHaveLength(3541);
    expect(validation.train.indices).toHaveLength(197_349);
    expect(validation.relevant.indices).toHaveLength(21_249);
    expect(validation.testUsers).toHaveLength(1018);
  });

  it('popularity', () => {
    const popularity = columnCounts(split.train);
    const metrics = evaluate((_, scores) => scores.set(popularity));
    expect(metrics.users).toBe(1287);
    expect(metrics.recall).toBeCloseTo(0.019478586415139717, 12);
    expect(metrics.ndcg).toBeCloseTo(0.03400235202104405, 12);
    expect(metrics.map).toBeCloseTo(0.012837044642600196, 12);
    expect(metrics.precision).toBeCloseTo(0.03061383061383062, 12);
    expect(metrics.hitRate).toBeCloseTo(0.22766122766122765, 12);
    expect(metrics.coverage).toBeCloseTo(0.019347705914870093, 12);
    expect(metrics.ndcgStandardError).toBeCloseTo(0.0021904727593464682, 6);
  });

  it('popularity of the last 30 days', () => {
    const metrics = evaluate((_, scores) => scores.set(split.recent));
    expect(metrics.ndcg).toBeCloseTo(0.0839154128514697, 12);
    expect(metrics.recall).toBeCloseTo(0.04535021359804526, 12);
    expect(metrics.coverage).toBeCloseTo(0.011332227750138198, 12);
  });

  it('item-kNN', () => {
    const metrics = evaluate((user, scores) => scoreItemKnn(itemKnn, sparseRow(split.train, user), scores));
    expect(metrics.ndcg).toBeCloseTo(0.08629653037975904, 5);
    expect(metrics.recall).toBeCloseTo(0.05273019772501058, 5);
    expect(metrics.map).toBeCloseTo(0.04194509512631205, 5);
    expect(metrics.coverage).toBeCloseTo(0.355444997236042, 5);
  });

  it('item-kNN gives five customers what the reference gives them, at its scores', ({ skip }) => {
    const fixtures = sharedFile('reference/recommend_fixtures.json');
    if (fixtures === undefined) return skip('the reference is not there');
    const stored: Record<string, Fixture[]> = JSON.parse(readFileSync(fixtures, 'utf8'));
    const users = (stored['item_knn(100,0)'] ?? []).map(({ customer }) => split.customers.indexOf(customer));
    const lists = rankCatalogue(
      users,
      (user, scores) => scoreItemKnn(itemKnn, sparseRow(split.train, user), scores),
      { k: 10, owned: split.train },
    );
    expect(lists).toHaveLength(5);
    for (const [at, { indices, scores }] of lists.entries()) {
      const fixture = stored['item_knn(100,0)']?.[at];
      expect(Array.from(indices, (item) => split.codes[item])).toEqual(fixture?.top10);
      for (const [rank, score] of scores.entries()) expect(score).toBeCloseTo(fixture?.scores[rank] ?? 0, 10);
    }
  });

  it('item-kNN weighed by what sells now: the best of the reference', () => {
    const weights = recencyWeights(split.recent, { exponent: 0.5, offset: 1 });
    const metrics = evaluate((user, scores) => {
      scoreItemKnn(itemKnn, sparseRow(split.train, user), scores);
      weighByRecency(scores, weights, 0);
    });
    expect(metrics.ndcg).toBeCloseTo(0.11416299754129888, 5);
    expect(metrics.recall).toBeCloseTo(0.07234560416329743, 5);
    expect(metrics.hitRate).toBeCloseTo(0.48096348096348096, 5);
    expect(metrics.coverage).toBeCloseTo(0.16804864566058597, 5);
    expect(metrics.ndcgStandardError).toBeCloseTo(0.004644791607436032, 5);
  });

  // The reference divides by each length before it multiplies, so that cosines which are equal differ in their last bit
  // and another neighbour is kept here and there; by the stated rule equal ones are kept by their index.
  it('user-kNN', () => {
    const model = trainUserKnn(split.train);
    const metrics = evaluate((user, scores) => {
      const nearest = nearestUsers(model, sparseRow(split.train, user), 100, user);
      scoreUserKnn(model, nearest, 'similarity', scores);
    });
    expect(metrics.ndcg).toBeCloseTo(0.08172679005530475, 4);
    expect(metrics.recall).toBeCloseTo(0.05194624330123829, 4);
    expect(metrics.coverage).toBeCloseTo(0.16721945826423437, 2);
  });

  it('EASE on the 1,500 best sellers is as good as the reference on all of 3,618, within a third of its error', () => {
    const plain = evaluate((user, scores) => scoreEase(ease, sparseRow(split.train, user), scores));
    expect(plain.ndcg).toBeGreaterThan(0.09986854975322924 - 0.0014);
    expect(plain.recall).toBeGreaterThan(0.06345244278671192 - 0.0014);
    const weights = recencyWeights(split.recent, { exponent: 0.5, offset: 5 });
    const weighed = evaluate((user, scores) => {
      scoreEase(ease, sparseRow(split.train, user), scores);
      weighByRecency(scores, weights, 0);
    });
    expect(weighed.ndcg).toBeGreaterThan(0.11401272649262771 - 0.0014);
  });

  it('half item-kNN and half EASE, weighed by what sells now, orders better than the best of the reference', () => {
    const weights = recencyWeights(split.recent, { exponent: 0.5, offset: 2 });
    const part = new Float64Array(split.codes.length);
    const metrics = evaluate((user, scores) => {
      const basket = sparseRow(split.train, user);
      scoreItemKnn(itemKnn, basket, part.fill(0));
      addShare(scores, part, 0.5);
      scoreEase(ease, basket, part.fill(0));
      addShare(scores, part, 0.5);
      weighByRecency(scores, weights, 0);
    });
    expect(metrics.ndcg).toBeGreaterThan(0.11416299754129888 + 0.001);
    // As much of what was bought as the best of the reference finds (.0723), within a tenth of the standard error.
    expect(metrics.recall).toBeGreaterThan(0.0719);
  });

  // The reference has 128 factors and, by its seed, an nDCG of .0977 to .0985; half as many factors take a third of the
  // time, and by the seed lie as near. Its standard error is .0042.
  it('implicit ALS with 64 factors', () => {
    const model = trainImplicitAls(split.train, {
      factors: 64,
      regularisation: 10,
      alpha: 1,
      random: createRandom(0),
    });
    const metrics = evaluate((user, scores) => scoreFactors(model, userFactorsOf(model, user), scores));
    expect(Math.abs(metrics.ndcg - 0.0977)).toBeLessThan(0.0021);
    expect(Math.abs(metrics.recall - 0.0633)).toBeLessThan(0.0042);
  });

  it('NMF of all purchases at rank 20 leaves less than the best start of the reference', () => {
    const matrix = purchaseMatrix(purchases);
    expect(matrix.values).toHaveLength(266_802);
    const { error } = trainNmf(matrix, { factors: 20, random: createRandom(0) });
    expect(error).toBeLessThan(458.5364);
    // The singular value decomposition bounds it from below.
    expect(error).toBeGreaterThan(453.8984944103604);
  });
});
