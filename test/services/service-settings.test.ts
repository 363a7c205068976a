// What a shop may tell its services: read with care, and heard in their threads.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMethodShape } from '../../src/services/host/method-shape.js';
import { recommendationMethods } from '../../src/services/recommendation/contract.js';
import {
  recommendationDefaults,
  recommendationSettings,
} from '../../src/services/recommendation/settings.js';
import { segmentationDefaults, segmentationSettings } from '../../src/services/segmentation/settings.js';
import { eventually } from '../contracts/log-server.js';
import { type HostedService, hostService } from '../support/hosted-service.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { fillSmallShop } from '../support/small-shop.js';

const shape = createMethodShape({
  service: 'recommendation',
  name: 'recommend',
  method: recommendationMethods.recommend,
});
const resultSchema = recommendationMethods.recommend.result;

describe('settings', () => {
  it('are the defaults where nothing is said', () => {
    for (const nothing of [undefined, {}]) {
      expect(recommendationSettings(nothing)).toEqual(recommendationDefaults);
      expect(segmentationSettings(nothing)).toEqual(segmentationDefaults);
    }
  });

  it('change what they name, and leave the rest', () => {
    expect(
      recommendationSettings({
        weights: { view: 0, wish: 2.5 },
        textFields: ['name', 'reviews'],
        keepOwned: true,
      }),
    ).toEqual({
      weights: { ...recommendationDefaults.weights, view: 0, wish: 2.5 },
      textFields: ['name', 'reviews'],
      keepOwned: true,
    });
    expect(segmentationSettings({ clusters: 5, spend: 'average' })).toEqual({
      clusters: 5,
      spend: 'average',
      scaling: 'log-standard',
    });
  });

  it.each([
    [
      { keepowned: true },
      'recommendation has no setting "keepowned"; it has weights, textFields, keepOwned. Did you mean "keepOwned"?',
    ],
    [{ keepOwned: 'yes' }, 'The setting keepOwned of recommendation must be true or false.'],
    [
      { weights: { view: 7 } },
      'The setting weights.view of recommendation must be a number of stars from 0 to 5.',
    ],
    [
      { weights: { rating: 4 } },
      'The setting weights.rating of recommendation must be left out: a rating counts the stars that it gives.',
    ],
    [
      { textFields: 'name' },
      'The setting textFields of recommendation must be a list of name, description, category, reviews.',
    ],
    [
      { textFields: ['name', 'price'], keepOwned: 1 },
      'The setting textFields.1 of recommendation must be one of name, description, category, reviews. The setting keepOwned of recommendation must be true or false.',
    ],
    [
      [true],
      'The settings of recommendation must be a JSON object with some of weights, textFields, keepOwned.',
    ],
  ])('of recommendation are refused: %j', (value, message) => {
    expect(() => recommendationSettings(value)).toThrow(
      expect.objectContaining({ code: 'BAD_INPUT', message }),
    );
  });

  it.each([
    [{ clusters: 1 }, 'The setting clusters of segmentation must be a whole number from 2 to 50.'],
    [{ clusters: 2.5 }, 'The setting clusters of segmentation must be a whole number from 2 to 50.'],
    [{ spend: 'net' }, 'The setting spend of segmentation must be one of total, average.'],
    [{ scaling: 'log' }, 'The setting scaling of segmentation must be one of none, standard, log-standard.'],
    [{ colour: 1 }, 'segmentation has no setting "colour"; it has spend, scaling, clusters.'],
    ['five', 'The settings of segmentation must be a JSON object with some of spend, scaling, clusters.'],
  ])('of segmentation are refused: %j', (value, message) => {
    expect(() => segmentationSettings(value)).toThrow(
      expect.objectContaining({ code: 'BAD_INPUT', message }),
    );
  });
});

describe('settings in threads', () => {
  let database: TestDatabase;
  const signal = new AbortController().signal;

  beforeAll(async () => {
    database = await createTestDatabase();
    await fillSmallShop(database.pool);
  });
  afterAll(() => database.close());

  it('shape the trainings of segmentation', async () => {
    const hosted = await hostService({
      service: 'segmentation',
      database,
      way: 'in threads',
      settings: { clusters: 2, spend: 'average', scaling: 'standard' },
    });
    try {
      expect((await hosted.train(1)).parameters).toMatchObject({
        clusters: 2,
        spend: 'average',
        scaling: 'standard',
      });
    } finally {
      await hosted.close();
    }
  }, 60_000);

  it('say how recommendation answers, of a model that was trained without them too', async () => {
    const host = (settings: unknown) =>
      hostService({
        service: 'recommendation',
        database,
        way: 'in threads',
        settings,
      });
    const { rows } = await database.pool.query<{ product: string; customer: string }>(
      `SELECT product.code AS product, customer.code AS customer FROM fact_sales
       JOIN dim_product AS product ON product.id = product_id JOIN dim_customer AS customer ON customer.id = customer_id
       WHERE kind = 'SALE' AND amount > 0 ORDER BY customer.code LIMIT 1`,
    );
    const [sale] = rows;
    const plain = await host(undefined);
    const keeping = await host({ keepOwned: true });
    const listOf = async ({ carry }: HostedService, over = {}) => {
      const item = { customer: sale?.customer, first: 100, ...over };
      const reply = shape.readReply(await carry('recommend', [item], { signal, deadlineMs: 30_000 }), 1);
      expect(reply.model).toBe('recommendation/1');
      return resultSchema.parse(reply.results[0]).items.map(({ product }) => product);
    };
    try {
      await plain.train(1);
      await eventually(async () => expect(await listOf(plain)).not.toContain(sale?.product));
      await eventually(async () => expect(await listOf(keeping)).toContain(sale?.product));
      expect(await listOf(keeping, { keepOwned: false })).not.toContain(sale?.product);
    } finally {
      await plain.close();
      await keeping.close();
    }
  }, 120_000);
});
