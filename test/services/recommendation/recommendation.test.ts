// Recommendation over a real warehouse: the examples with known answers, then a small shop from training to answers.

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Handler, TrainOptions } from '../../../src/services/host/workshop-contract.js';
import type { ScoredProducts, Strategy } from '../../../src/services/recommendation/contract.js';
import { recommendationMethods, strategies } from '../../../src/services/recommendation/contract.js';
import { type Blend, readModel, writeModel } from '../../../src/services/recommendation/model.js';
import { createRecommendationHandler } from '../../../src/services/recommendation/service.js';
import { trainRecommendation } from '../../../src/services/recommendation/train.js';
import { recommendationWorkshop } from '../../../src/services/recommendation/workshop.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { fiveCustomers, rate, threeCustomers } from '../../support/ratings.js';
import { fillSmallShop, smallShop } from '../../support/small-shop.js';

const options = (over: Partial<TrainOptions> = {}): TrainOptions => ({
  seed: 1,
  signal: new AbortController().signal,
  onProgress: () => undefined,
  champion: undefined,
  ...over,
});

const waiting = { signal: new AbortController().signal };

/** Trains on a database and opens what was trained. */
async function open(database: TestDatabase): Promise<Handler> {
  const { bytes } = await trainRecommendation({ database }, options());
  return createRecommendationHandler({ name: 'recommendation/1', bytes: Buffer.from(bytes) }, { database });
}

async function recommend(
  handler: Handler,
  item: { customer: string; first: number; by?: Strategy; keepOwned?: boolean },
): Promise<ScoredProducts['items']> {
  const { results } = await handler('recommend', [item], waiting);
  return recommendationMethods.recommend.result.parse(results[0]).items;
}

async function rating(handler: Handler, customer: string, product: string): Promise<number | null> {
  const { results } = await handler('rating', [{ customer, product }], waiting);
  return results[0] === null ? null : recommendationMethods.rating.result.parse(results[0]).score;
}

/** How often a handler looks whether anybody still waits. */
async function looksDuring(handler: Handler, method: string, items: readonly unknown[]): Promise<number> {
  const { signal } = new AbortController();
  const look = vi.spyOn(signal, 'aborted', 'get');
  const { results } = await handler(method, items, { signal });
  expect(results).toHaveLength(items.length);
  return look.mock.calls.length;
}

/** 120 further customers of two tastes, who bought and looked over the last 90 days of the shop. */
async function addTastes(database: TestDatabase): Promise<void> {
  await database.pool.query(
    `INSERT INTO dim_customer (code) SELECT 'D' || n FROM generate_series(1, 120) AS n`,
  );
  await database.pool.query(
    `INSERT INTO fact_event (source, event_id, type, customer_id, product_id, occurred_at)
     SELECT 'tastes', n || '-' || k, CASE WHEN k % 4 = 0 THEN 'view' ELSE 'purchase' END, customer.id, product.id,
            '2023-12-31T00:00:00Z'::timestamptz - (n * k * 31 % 90) * interval '1 day'
     FROM generate_series(1, 120) AS n CROSS JOIN generate_series(1, 12) AS k
     JOIN dim_customer AS customer ON customer.code = 'D' || n
     JOIN dim_product AS product ON product.code = 'P' || lpad(((n % 2) * 20 + (n * k * k * 7 + k * 13) % 20 + 1)::text, 3, '0')`,
  );
}

describe('examples with known answers', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.close());

  it('says what to do where there are no products', async () => {
    await expect(trainRecommendation({ database }, options())).rejects.toMatchObject({ code: 'BAD_INPUT' });
  });

  it('finds what reads alike, ties in the order of the catalogue, zeros included', async () => {
    await database.pool.query(
      `INSERT INTO dim_product (code, name, description) VALUES
       ('1', 'Laptop', 'High-performance laptop'), ('2', 'Smartphone', 'Latest smartphone model'),
       ('3', 'Tablet', 'Affordable tablet'), ('4', 'Monitor', 'High-resolution monitor')`,
    );
    const handler = await open(database);
    const { results } = await handler(
      'similar',
      [
        { product: '2', first: 2 },
        { product: '9', first: 2 },
        { product: '1', first: 1 },
      ],
      waiting,
    );
    expect(results.slice(0, 2)).toEqual([
      {
        items: [
          { product: '1', score: 0, because: ['2'] },
          { product: '3', score: 0, because: ['2'] },
        ],
      },
      null,
    ]);
    expect(results[2]).toMatchObject({ items: [{ product: '4' }] });
    expect(await rating(handler, '1', '2')).toBeNull();
    // Nobody bought anything yet: the catalogue in its order, for whoever asks by whatever means.
    for (const by of strategies)
      expect((await recommend(handler, { customer: '1', first: 2, by })).length).toBeLessThanOrEqual(2);
    await database.pool.query('TRUNCATE dim_product CASCADE');
  });

  it('gives customer 1 the one product that like customers rated, at the mean of both', async () => {
    await rate(database, threeCustomers);
    const handler = await open(database);
    const items = await recommend(handler, { customer: '1', first: 10, by: 'USER_CF' });
    expect(items.map(({ product, score }) => ({ product, score }))).toEqual([{ product: '104', score: 4.5 }]);
    await database.pool.query('TRUNCATE dim_product, dim_customer, fact_event CASCADE');
  });

  it('factorises five customers and four products as printed', async () => {
    await rate(database, fiveCustomers);
    const handler = await open(database);
    const kept = await recommend(handler, { customer: 'u0', first: 2, by: 'NMF', keepOwned: true });
    expect(kept.map(({ product }) => product)).toEqual(['i0', 'i1']);
    expect(Math.abs((kept[0]?.score ?? 0) - 5.25583751)).toBeLessThanOrEqual(5e-4);
    expect(await recommend(handler, { customer: 'u0', first: 2, by: 'NMF' })).toEqual([]);
    expect(Math.abs(((await rating(handler, 'u1', 'i1')) ?? 0) - 1.32891643)).toBeLessThanOrEqual(5e-4);
    expect(await rating(handler, 'u0', 'i2')).toBeCloseTo(0, 6);
    expect(await rating(handler, 'nobody', 'i2')).toBeNull();
    expect(await rating(handler, 'u0', 'nothing')).toBeNull();
  });
});

describe('a shop with many ratings', () => {
  it('predicts from those that were given, and not from those that are missing', async () => {
    const database = await createTestDatabase();
    try {
      // Even customers like even products, and of the others nobody thinks much.
      await rate(
        database,
        Array.from({ length: 20 }, (_, user) =>
          Array.from(
            { length: 12 },
            (_, item) => [`u${user}`, `i${item}`, (user + item) % 2 === 0 ? 5 : 2] as const,
          ),
        )
          .flat()
          .filter((_, at) => at % 5 !== 0),
      );
      const handler = await open(database);
      // u1 has not rated i3, u0 not i0 and i5.
      expect(await rating(handler, 'u0', 'i0')).toBeGreaterThan(4);
      expect(await rating(handler, 'u0', 'i5')).toBeLessThan(3);
      expect(await rating(handler, 'u1', 'i3')).toBeGreaterThan(4);
      const many = Array.from({ length: 10_000 }, (_, at) => ({
        customer: `u${at % 20}`,
        product: `i${at % 12}`,
      }));
      const ofOne = await looksDuring(handler, 'rating', many.slice(0, 1));
      expect(await looksDuring(handler, 'rating', many)).toBeGreaterThan(ofOne);
      // Enough of them for a factorisation of their own.
      expect(
        readModel(Buffer.from((await trainRecommendation({ database }, options())).bytes)).ratings,
      ).not.toBeNull();
    } finally {
      await database.close();
    }
  });
});

describe('a small shop', () => {
  let database: TestDatabase;
  let handler: Handler;

  beforeAll(async () => {
    database = await createTestDatabase();
    await fillSmallShop(database.pool);
    await addTastes(database);
    handler = await open(database);
  });
  afterAll(() => database.close());

  it('gives the same bytes for the same seed, and reports its progress', async () => {
    const shares: number[] = [];
    const first = await trainRecommendation(
      { database },
      options({ onProgress: (share) => shares.push(share) }),
    );
    const second = await trainRecommendation({ database }, options());
    expect(Buffer.compare(Buffer.from(first.bytes), Buffer.from(second.bytes))).toBe(0);
    expect(first.description).toEqual(second.description);
    await database.pool.query(
      `INSERT INTO stream_position (group_name, cluster_id, topic_id, partition, topic, next_offset, end_offset)
       VALUES ('flywheel', 'c', 't', 0, 'user-behavior', 17, 17)`,
    );
    const third = await trainRecommendation({ database }, options());
    await database.pool.query('TRUNCATE stream_position');
    expect(third.description.position).toEqual({ 'user-behavior/0': '17' });
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.at(-1)).toBeLessThanOrEqual(1);
    const { rows, decidedBy, quality } = first.description;
    expect(rows).toMatchObject({ products: smallShop.products });
    expect(rows.heldBack).toBeGreaterThanOrEqual(50);
    expect(first.description.parameters.compared).toBeGreaterThan(100);
    // Tastes are there to be found.
    expect(quality[decidedBy.measure]).toBeGreaterThan(quality['popularityNdcg@10'] ?? 1);
  });

  it('ends when it is cancelled', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const training = trainRecommendation(
      { database },
      options({ signal: controller.signal, onProgress: () => controller.abort(reason) }),
    );
    await expect(training).rejects.toBe(reason);
  });

  it('judges the champion by the same month', async () => {
    const first = await trainRecommendation({ database }, options());
    const champion = {
      name: 'recommendation/1',
      bytes: Buffer.from(first.bytes),
      model: {
        ...first.description,
        service: 'recommendation',
        version: 1,
        status: 'champion',
        trainedAt: new Date(),
        promotedAt: null,
        sizeBytes: 1,
        isKept: true,
        role: 'champion',
        steps: [],
      } as const,
    };
    const second = await trainRecommendation({ database }, options({ champion }));
    const { measure } = first.description.decidedBy;
    expect(second.championQuality).toBe(first.description.quality[measure]);
    // A blend that was not compared is taken over where it does better than all that were.
    const model = readModel(champion.bytes);
    const outcomes = new Set<boolean>();
    for (const over of [
      { neighbours: 3 },
      { regularisation: 2, easeShare: 0.6 },
      { exponent: 2.5, prior: 9 },
    ]) {
      const blend: Blend = { ...model.blend, ...over };
      const other = { ...champion, bytes: writeModel({ ...model, blend }) };
      const third = await trainRecommendation({ database }, options({ champion: other }));
      const reached = third.description.quality[measure] ?? 0;
      expect(reached).toBeGreaterThanOrEqual(third.championQuality ?? 1);
      const isBetter = reached > (first.description.quality[measure] ?? 0);
      expect(readModel(Buffer.from(third.bytes)).blend).toEqual(isBetter ? blend : model.blend);
      outcomes.add(isBetter);
    }
    expect(outcomes).toEqual(new Set([true, false]));
    const odd = { ...champion, bytes: Buffer.from('of another form') };
    const anew = await trainRecommendation({ database }, options({ champion: odd }));
    expect(anew.championQuality).toBeUndefined();
    expect([second.championIsUnreadable, anew.championIsUnreadable]).toEqual([false, true]);
    // With nobody to judge by, nothing was compared.
    const early = await createTestDatabase();
    try {
      await early.pool.query(`INSERT INTO dim_product (code, name) VALUES ('1', 'Laptop')`);
      const unjudged = await trainRecommendation({ database: early }, options({ champion }));
      expect(unjudged.description.rows).toMatchObject({ heldBack: 0 });
      expect(unjudged.championQuality).toBeUndefined();
      expect(unjudged.championIsUnreadable).toBe(false);
    } finally {
      await early.close();
    }
  });

  it.each(strategies)(
    '%s lists what the customer has not bought, with reasons among what was bought',
    async (by) => {
      const done = await database.pool.query<{ code: string; type: string }>(
        `SELECT DISTINCT product.code, type FROM fact_event JOIN dim_product AS product ON product.id = product_id
         JOIN dim_customer AS customer ON customer.id = customer_id WHERE customer.code = 'D5'`,
      );
      const known = new Set(done.rows.map(({ code }) => code));
      const owned = new Set(done.rows.filter(({ type }) => type === 'purchase').map(({ code }) => code));
      const items = await recommend(handler, { customer: 'D5', first: 5, by });
      expect(items.length).toBeGreaterThan(0);
      expect(items.filter(({ product }) => owned.has(product))).toEqual([]);
      expect(items.flatMap(({ because }) => because).filter((code) => !known.has(code))).toEqual([]);
      expect(items.map(({ score }) => score)).toEqual(items.map(({ score }) => score).sort((a, b) => b - a));
      const kept = await recommend(handler, { customer: 'D5', first: 40, by, keepOwned: true });
      expect(kept.some(({ product }) => owned.has(product))).toBe(true);
    },
  );

  it('gives a newcomer what sells, in the order of the baseline', async () => {
    const modelless = await recommendationWorkshop.open(undefined, { database });
    const floor = await recommend(modelless, { customer: 'newcomer', first: 5 });
    expect(floor.length).toBeGreaterThan(0);
    expect(await recommend(handler, { customer: 'newcomer', first: 5 })).toEqual(
      floor.concat((await recommend(handler, { customer: 'newcomer', first: 5 })).slice(floor.length)),
    );
    expect(await modelless('similar', [{ product: 'P001', first: 1 }], waiting)).toEqual({
      model: null,
      results: [null],
    });
  });

  it('learns at once what a customer did since the training', async () => {
    const before = await recommend(handler, { customer: 'D5', first: 3 });
    const [best] = before;
    await database.pool.query(
      `INSERT INTO fact_event (source, event_id, type, customer_id, product_id, occurred_at)
       SELECT 'now', '1', 'purchase', customer.id, product.id, '2023-12-30T00:00:00Z'
       FROM dim_customer AS customer, dim_product AS product WHERE customer.code = 'D5' AND product.code = $1`,
      [best?.product],
    );
    // The same question again is the same answer, remembered or not.
    expect(await recommend(handler, { customer: 'D6', first: 3 })).toEqual(
      await recommend(handler, { customer: 'D6', first: 3 }),
    );
    const after = await recommend(handler, { customer: 'D5', first: 3 });
    expect(after.map(({ product }) => product)).not.toContain(best?.product);
  });

  /** So many that no machine answers them in one turn, and hardly two alike. */
  const many = Array.from({ length: 10_000 }, (_, at) => ({
    customer: `D${(at % 120) + 1}`,
    product: `P${String((at % 40) + 1).padStart(3, '0')}`,
    first: (at % 40) + 1,
    by: strategies[at % strategies.length],
    keepOwned: at % 3 === 0,
  }));

  it.each(['recommend', 'similar'] as const)(
    'looks again and again whether anybody waits for a large batch of %s',
    async (method) => {
      const ofOne = await looksDuring(handler, method, many.slice(0, 1));
      expect(await looksDuring(handler, method, many)).toBeGreaterThan(ofOne);
    },
  );

  it('lets others have their turn within a batch, and ends there when it is given up', async () => {
    const controller = new AbortController();
    const answering = handler('similar', many, { signal: controller.signal });
    setImmediate(() => controller.abort());
    await expect(answering).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('gives a customer in a large batch what they are given alone', async () => {
    const { results } = await handler('recommend', many.slice(0, 500), waiting);
    for (const at of [0, 133, 499]) {
      const alone = await handler('recommend', many.slice(at, at + 1), waiting);
      expect(results[at]).toEqual(alone.results[0]);
    }
  });

  it('is held by its contract to a hundred products and three reasons for each', () => {
    const { result } = recommendationMethods.recommend;
    const lists = (length: number, reasons: number) => {
      const because = Array.from({ length: reasons }, () => 'P001');
      return result.safeParse({
        items: Array.from({ length }, () => ({ product: 'P002', score: 1, because })),
      }).success;
    };
    expect([lists(100, 3), lists(101, 3), lists(100, 4)]).toEqual([true, false, false]);
  });

  it('refuses what its contract does not know', async () => {
    await expect(handler('recommend', [{ customer: 'D5', first: 0 }], waiting)).rejects.toMatchObject({
      code: 'BAD_INPUT',
    });
    await expect(handler('guess', [], waiting)).rejects.toMatchObject({ code: 'BAD_INPUT' });
    expect(() => readModel(Buffer.from('{}'))).toThrow('unknown form');
  });
});
