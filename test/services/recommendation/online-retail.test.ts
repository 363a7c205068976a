// Recommendation on half a million real sales, from the file to answers, looked at as a merchant would.

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Handler } from '../../../src/services/host/workshop-contract.js';
import { recommendationMethods } from '../../../src/services/recommendation/contract.js';
import { createRecommendationHandler } from '../../../src/services/recommendation/service.js';
import { trainRecommendation } from '../../../src/services/recommendation/train.js';
import { loadFile } from '../../../src/warehouse/load/load-file.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { describeWithSharedFile } from '../../support/shared-data.js';

describeWithSharedFile(
  'data/online-retail.csv.gz',
  'recommendations from the sales of Online Retail',
  (file) => {
    let database: TestDatabase;
    let trained: Awaited<ReturnType<typeof trainRecommendation>>;
    let handler: Handler;
    const { signal } = new AbortController();

    beforeAll(async () => {
      database = await createTestDatabase({ statementTimeoutMs: 0 });
      await loadFile({ database, file, format: 'online-retail' });
      trained = await trainRecommendation(
        { database },
        { seed: 1, signal, onProgress: () => undefined, champion: undefined },
      );
      handler = createRecommendationHandler(
        { name: 'recommendation/1', bytes: Buffer.from(trained.bytes) },
        { database },
      );
    }, 300_000);
    afterAll(() => database?.close());

    async function namesOf(method: 'similar' | 'recommend', item: unknown): Promise<string[]> {
      const { results } = await handler(method, [item], { signal });
      const { items } = recommendationMethods[method].result.parse(results[0]);
      const { rows } = await database.pool.query<{ name: string | null }>(
        `SELECT name FROM unnest($1::text[]) WITH ORDINALITY AS given (code, place)
       JOIN dim_product AS product ON product.code = given.code ORDER BY place`,
        [items.map(({ product }) => product)],
      );
      return rows.map(({ name }) => name ?? '');
    }

    it('orders the held-back month far better than what sells', () => {
      const { quality, rows } = trained.description;
      expect(rows.heldBack).toBeGreaterThan(1000);
      expect(quality['ndcg@10']).toBeGreaterThan(1.25 * (quality['popularityNdcg@10'] ?? 1));
      expect(quality['recall@10']).toBeGreaterThan(0.07);
    });

    it('finds lanterns beside a lantern and lunch bags beside a lunch bag', async () => {
      // 20726 LUNCH BAG WOODLAND.
      const bags = await namesOf('similar', { product: '20726', first: 8 });
      expect(bags.filter((name) => /LUNCH BAG/.test(name)).length).toBeGreaterThanOrEqual(6);
      const { rows } = await database.pool.query<{ code: string }>(
        `SELECT code FROM dim_product JOIN fact_sales ON product_id = dim_product.id
       WHERE name LIKE '%LANTERN%' GROUP BY code ORDER BY count(*) DESC LIMIT 1`,
      );
      const lanterns = await namesOf('similar', { product: rows[0]?.code, first: 8 });
      expect(lanterns.filter((name) => /LANTERN/.test(name)).length).toBeGreaterThanOrEqual(5);
    });

    it('never recommends postage or bank charges', async () => {
      const { rows } = await database.pool.query<{ code: string }>(
        'SELECT code FROM dim_customer ORDER BY code LIMIT 50',
      );
      const { results } = await handler(
        'recommend',
        rows.map(({ code }) => ({ customer: code, first: 10 })),
        { signal },
      );
      const lists = results.map((result) => recommendationMethods.recommend.result.parse(result).items);
      expect(lists).toHaveLength(50);
      expect(lists.flat().filter(({ product }) => !/^\d/.test(product))).toEqual([]);
      expect(lists.every((list) => list.length === 10)).toBe(true);
      // Whoever bought something is told why.
      const explained = lists.filter((list) => list.some(({ because }) => because.length > 0));
      expect(explained.length).toBeGreaterThan(40);
    });
  },
);
