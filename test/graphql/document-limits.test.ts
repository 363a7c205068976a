// Holds that small requests cannot make much work: each of these took seconds, minutes or for ever.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';

describe('a small request for much work', () => {
  let database: TestDatabase;
  let gateway: Gateway;

  beforeAll(async () => {
    database = await createTestDatabase();
    gateway = await startGateway(database);
  });
  afterAll(async () => {
    await gateway?.close();
    await database?.close();
  });

  async function errorsOf(query: string, variables: object = {}) {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    return JSON.parse(await response.text()).errors;
  }

  const spreads = (type: string, count: number, selection: (inner: string) => string, last: string) =>
    Array.from(
      { length: count },
      (_, place) =>
        `fragment f${place} on ${type} { ${selection(place === count - 1 ? last : `...f${place + 1}`)} }`,
    ).join(' ');

  it('by fragments that spread the next one twice is refused', async () => {
    const twice = spreads('Query', 60, (inner) => `${inner} ${inner}`, '__typename');
    expect(await errorsOf(`{ ...f0 } ${twice}`)).toEqual([
      expect.objectContaining({
        message: expect.stringContaining('With its fragments written out'),
        extensions: { code: 'LIMIT_EXCEEDED', limit: 2_000 },
      }),
    ]);
  });

  it('by lists of no rows within each other is refused', async () => {
    const lists = (inner: string) =>
      Array.from(
        { length: 12 },
        (_, place) => `a${place}: sales(first: 0) { nodes { product { ${inner} } } }`,
      ).join(' ');
    const [error] = await errorsOf(
      `{ product(code: "x") { ...f0 } } ${spreads('Product', 4, lists, 'code')}`,
    );
    expect(error.extensions.code).toBe('LIMIT_EXCEEDED');
  });

  it('by fragments that spread themselves is refused for that', async () => {
    const [error] = await errorsOf('{ ...a } fragment a on Query { ...b } fragment b on Query { ...a ...a }');
    expect(error.message).toContain('Cannot spread fragment');
  });

  it('lets a fragment be spread in many places', async () => {
    const pages = Array.from({ length: 40 }, (_, place) => `a${place}: products(first: 1) { ...page }`);
    const fragments =
      'fragment page on ProductConnection { nodes { ...text } } fragment text on Product { code name }';
    expect(await errorsOf(`{ ${pages.join(' ')} } ${fragments}`)).toBeUndefined();
  });

  it('by one field many times over is refused with a sentence', async () => {
    const [error] = await errorsOf(`{ products { nodes { ${'code '.repeat(1_900)} } } }`);
    expect(error).toMatchObject({
      message: expect.stringContaining('the same fields too many times'),
      extensions: { code: 'LIMIT_EXCEEDED' },
    });
  });

  it('by many reports at once is refused, a dashboard of twenty is not', async () => {
    const reports = (count: number) =>
      Array.from({ length: count }, (_, place) => `a${place}: report(metrics: [REVENUE]) { truncated }`);
    expect((await errorsOf(`{ ${reports(60).join(' ')} }`))[0].extensions.code).toBe('LIMIT_EXCEEDED');
    expect(await errorsOf(`{ ${reports(20).join(' ')} }`)).toBeUndefined();
  });

  it('by many recommendations of each of many customers is refused, one of each is not', async () => {
    const customers = (inner: string) => `{ customers(first: 1000) { nodes { ${inner} } } }`;
    const aliases = Array.from({ length: 24 }, (_, at) => `a${at}: recommendations(first: 1) { degraded }`);
    // Each of the 24 answers of a customer costs 10, and 1 for the product that it may give.
    expect((await errorsOf(customers(aliases.join(' '))))[0].extensions).toMatchObject({
      code: 'LIMIT_EXCEEDED',
      cost: 1_000 * (1 + 24 * 11),
    });
    const one = customers('recommendations(first: 10) { items { product { code } because { code } } }');
    expect(await errorsOf(one)).toBeUndefined();
  });

  it.each([
    ['similar', 'products(first: 1000) { nodes { similar(first: 1) { degraded } } }', 11],
    ['a rating', 'customers(first: 1000) { nodes { predictedRating(product: "x") { value } } }', 11],
    // A product for the list, one in it, and three that speak for that one.
    [
      'three reasons',
      'customers(first: 1000) { nodes { recommendations(first: 1) { items { because { code } } } } }',
      15,
    ],
  ])('counts %s for each row', async (_name, page, each) => {
    const pages = Array.from({ length: 20 }, (_, at) => `p${at}: ${page}`).join(' ');
    const [error] = await errorsOf(`{ ${pages} }`);
    expect(error.extensions).toMatchObject({ code: 'LIMIT_EXCEEDED', cost: 20_000 * (1 + each) });
  });

  it.each([
    [
      'having',
      'query ($all: [MetricCondition!]) { report(metrics: [REVENUE], having: $all) { truncated } }',
      { metric: 'REVENUE', gt: 1, gte: 1, lt: 2, lte: 2, equals: 1 },
    ],
    [
      'orderBy',
      'query ($all: [ReportOrder!]) { report(metrics: [REVENUE], orderBy: $all) { truncated } }',
      { metric: 'REVENUE', direction: 'ASC' },
    ],
    ['aggregate', 'query ($all: [MetricName!]!) { sales { aggregate(metrics: $all) { value } } }', 'REVENUE'],
  ])('by fifteen thousand terms in %s is refused by its name', async (name, query, term) => {
    const [error] = await errorsOf(query, { all: Array.from({ length: 15_000 }, () => term) });
    expect(error).toMatchObject({
      message: expect.stringContaining(`\`${name}\` takes at most 100`),
      extensions: { code: 'LIMIT_EXCEEDED' },
    });
  });

  it('by more values than a statement can bind is refused', async () => {
    const filter = { OR: Array.from({ length: 490 }, () => ({ code: { lt: 'a' } })) };
    const lists = Array.from(
      { length: 140 },
      (_, place) => `a${place}: sales(first: 0, filter: { product: $filter }) { nodes { id } }`,
    );
    const query = `query ($filter: ProductFilter) { products(first: 1) { nodes { ${lists.join(' ')} } } }`;
    expect((await errorsOf(query, { filter }))[0].extensions.code).toBe('LIMIT_EXCEEDED');
  });

  it('by a long list of wrong values tells only some of them', async () => {
    const query = 'query ($codes: [String!]) { products(filter: { code: { in: $codes } }) { totalCount } }';
    const errors = await errorsOf(query, { codes: Array.from({ length: 100_000 }, (_, place) => place) });
    expect(errors.length).toBeLessThan(50);
    expect(errors[0].extensions.code).toBe('BAD_INPUT');
  });

  it('by a number with a million zeros in it is refused', async () => {
    const query = 'query ($d: Decimal) { sales(filter: { amount: { equals: $d } }) { totalCount } }';
    const [error] = await errorsOf(query, { d: `1${'0'.repeat(1_000_000)}1` });
    expect(error).toMatchObject({
      message: expect.stringContaining('more than 100 characters'),
      extensions: { code: 'BAD_INPUT' },
    });
  });
});
