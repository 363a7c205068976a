// Fields that model services answer: what they say, and that each service is called once whatever the depth.

import { execute, parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createServiceClient } from '../../src/services/host/client.js';
import { recommendationMethods } from '../../src/services/recommendation/contract.js';
import { recommendationWorkshop } from '../../src/services/recommendation/workshop.js';
import { segmentationWorkshop } from '../../src/services/segmentation/workshop.js';
import { catalogue } from '../../src/warehouse/catalogue.js';
import { createReader } from '../../src/warehouse/read/reader.js';
import { fillFiveCustomers } from '../services/segmentation/five-customers.js';
import { createTestModelServices, trainTestModel } from '../support/model-services.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { fiveCustomers, rate, threeCustomers } from '../support/ratings.js';
import { createTestContext, createTestServices } from '../support/services.js';
import { fillSmallShop } from '../support/small-shop.js';
import { createTwoPaths, type TwoPaths } from '../support/two-paths.js';

let database: TestDatabase;
let paths: TwoPaths;
let calls: string[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  paths = await createTwoPaths(database, (service, { method, outcome }) =>
    calls.push(`${service}.${method} ${outcome}`),
  );
});
afterAll(() => database.close());

async function data(query: string) {
  calls = [];
  const { text } = await paths.planned(query);
  const result = JSON.parse(text);
  expect(result.errors).toBeUndefined();
  return result.data;
}

const clear =
  'TRUNCATE dim_product, dim_customer, dim_region, dim_date, fact_event, fact_sales, model CASCADE';

describe('examples with known answers', () => {
  it('finds the products that read alike, ties in the order of the catalogue, zeros included', async () => {
    await database.pool.query(
      `INSERT INTO dim_product (code, name, description) VALUES
       ('1', 'Laptop', 'High-performance laptop'), ('2', 'Smartphone', 'Latest smartphone model'),
       ('3', 'Tablet', 'Affordable tablet'), ('4', 'Monitor', 'High-resolution monitor')`,
    );
    await trainTestModel(recommendationWorkshop, database, { textFields: ['description'] });
    const { product, similar } = await data(`{
      product(code: "2") { similar(first: 2) { items { product { name } score } model degraded } }
      similar(product: "9") { items { score } degraded }
    }`);
    expect(product.similar).toEqual({
      items: [
        { product: { name: 'Laptop' }, score: 0 },
        { product: { name: 'Tablet' }, score: 0 },
      ],
      model: 'recommendation/1',
      degraded: false,
    });
    expect(similar).toEqual({ items: [], degraded: false });
    await database.pool.query(clear);
  });

  it('gives customer 1 the one product that like customers rated, at the mean of both', async () => {
    await rate(database, threeCustomers);
    await trainTestModel(recommendationWorkshop, database);
    const { customer } = await data(
      '{ customer(code: "1") { recommendations(by: USER_CF) { items { product { code } score } } } }',
    );
    expect(customer.recommendations.items).toEqual([{ product: { code: '104' }, score: 4.5 }]);
    await database.pool.query(clear);
  });

  it('keeps what is owned when it is told to, and predicts a missing rating', async () => {
    await rate(database, fiveCustomers);
    await trainTestModel(recommendationWorkshop, database);
    const { first, second } = await data(`{
      first: customer(code: "u0") {
        kept: recommendations(first: 2, by: NMF, keepOwned: true) { items { product { code } } }
        left: recommendations(first: 2, by: NMF) { items { product { code } } }
      }
      second: customer(code: "u1") { predictedRating(product: "i1") { value } none: predictedRating(product: "?") { value } }
    }`);
    expect(first.kept.items).toEqual([{ product: { code: 'i0' } }, { product: { code: 'i1' } }]);
    expect(first.left.items).toEqual([]);
    expect(Math.abs(second.predictedRating.value - 1.32891643)).toBeLessThanOrEqual(5e-4);
    expect(second.none.value).toBeNull();
    await database.pool.query(clear);
  });

  it.each([
    { scaling: 'none', groups: ['1,5', '2,4', '3'] },
    { scaling: 'standard', groups: ['1,2,5', '3', '4'] },
  ])('puts five customers into the groups of scaling $scaling', async ({ scaling, groups }) => {
    await fillFiveCustomers(database.pool);
    const settings = { spend: 'average', scaling, clusters: 3 };
    await trainTestModel(segmentationWorkshop, database, settings);
    const { customers, segments } = await data(`{
      customers { nodes { code segment { name cluster features { recencyDays frequency spend } model } } }
      segments { items { name title rule size centre { frequency } } model degraded }
    }`);
    const found = new Map<string, string[]>();
    for (const { code, segment } of customers.nodes) {
      const group = `${segment.name} ${segment.cluster}`;
      found.set(group, [...(found.get(group) ?? []), code]);
    }
    expect([...found.values()].map(String).sort()).toEqual(groups);
    expect(customers.nodes[0].segment).toMatchObject({
      features: { recencyDays: 10, frequency: 5, spend: 500 },
      model: 'segmentation/1',
    });
    const buyers = segments.items.reduce((sum: number, { size }: { size: number }) => sum + size, 0);
    expect({ buyers, model: segments.model, degraded: segments.degraded }).toEqual({
      buyers: 5,
      model: 'segmentation/1',
      degraded: false,
    });
    await database.pool.query(clear);
  });
});

describe('a shop', () => {
  beforeAll(async () => {
    await fillSmallShop(database.pool);
    await trainTestModel(recommendationWorkshop, database);
    await trainTestModel(segmentationWorkshop, database);
  });

  it('asks each service once for fifty customers', async () => {
    const { customers } = await data(`{ customers(first: 50) { nodes {
      code recommendations(first: 5) { items { product { code name } score because { code } } } segment { name }
    } } }`);
    expect(customers.nodes).toHaveLength(30);
    expect(customers.nodes[4].recommendations.items).toHaveLength(5);
    expect(calls.sort()).toEqual(['recommendation.recommend ok', 'segmentation.assign ok']);
  });

  it('asks it once at any depth', async () => {
    await data(`{ customers(first: 20) { nodes { sales(first: 10) { nodes {
      product { similar(first: 3) { items { product { code } } } }
      customer { segment { name } }
    } } } } }`);
    expect(calls.sort()).toEqual(['recommendation.similar ok', 'segmentation.assign ok']);
  });

  it('gives both paths the same answer', async () => {
    const query = `{ customers(first: 5) { nodes {
      code region recommendations(first: 3, by: POPULARITY) { items { product { name category } score } model } } } }`;
    expect((await paths.plain(query)).text).toBe((await paths.planned(query)).text);
  });

  it.each(['0', '101', '-1'])('refuses first: %s, in the field that asks for it', async (first) => {
    const { text } = await paths.planned(
      `{ recommendations(customer: "C001", first: ${first}) { degraded } segments { degraded } }`,
    );
    const { data, errors } = JSON.parse(text);
    expect(errors).toMatchObject([{ path: ['recommendations'], extensions: { code: 'BAD_INPUT' } }]);
    expect(data).toEqual({ recommendations: null, segments: { degraded: false } });
  });

  it('keeps whatever else was asked for when a service refuses, or knows nothing', async () => {
    const { text } = await paths.planned(`{
      sales(first: 1) { nodes { id } }
      report(metrics: [REVENUE]) { totals { value } }
      recommendations(customer: "\\u0000") { degraded }
      similar(product: "") { degraded }
      customer(code: "C002") {
        code recommendations(first: 0) { degraded } predictedRating(product: "\\u0000") { value }
        unknown: predictedRating(product: "nobody's") { value degraded } segment { name }
      }
      product(code: "P001") { code similar(first: 101) { degraded } }
      predict(model: "nobody") { value }
      learners { name }
    }`);
    const { data, errors } = JSON.parse(text);
    expect(data).toMatchObject({
      sales: { nodes: [{}] },
      report: { totals: [{}] },
      recommendations: null,
      similar: null,
      customer: {
        code: 'C002',
        recommendations: null,
        predictedRating: null,
        unknown: { value: null, degraded: false },
        segment: { name: expect.any(String) },
      },
      product: { code: 'P001', similar: null },
      predict: null,
      learners: expect.arrayContaining([{ name: 'line' }]),
    });
    const codes = errors.map(({ extensions }: { extensions: { code: string } }) => extensions.code);
    expect(codes).toEqual(Array.from({ length: 6 }, () => 'BAD_INPUT'));
  });
});

it('gives no more products than were asked for, whatever a service of somebody else gives', async () => {
  const items = Array.from({ length: 5 }, (_, at) => ({
    product: `P00${at + 1}`,
    score: 5 - at,
    because: [],
  }));
  const recommendation = createServiceClient({
    service: 'recommendation',
    methods: recommendationMethods,
    carry: async (_method, asked) => ({ model: null, results: asked.map(() => ({ items })) }),
    baselines: { recommend: () => [], similar: () => [], rating: () => [] },
  });
  const reader = createReader({ database, catalogue, onStatement: () => undefined });
  const modelServices = { ...createTestModelServices(database), recommendation };
  const { data: given } = await execute({
    schema: paths.schema,
    document: parse(
      '{ recommendations(customer: "C001", first: 2) { items { score } } similar(product: "P001", first: 1) { items { score } } }',
    ),
    contextValue: createTestContext(createTestServices(database, reader), modelServices),
  });
  expect(given).toEqual({
    recommendations: { items: [{ score: 5 }, { score: 4 }] },
    similar: { items: [{ score: 5 }] },
  });
});
