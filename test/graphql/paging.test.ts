// Pages that follow one another, forwards and backwards, give the whole list once and in order.

import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fillOddShop } from '../support/odd-shop.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { createTwoPaths, type TwoPaths } from '../support/two-paths.js';

interface Page {
  readonly nodes: readonly { readonly id: string }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

const query = `query ($first: Int, $last: Int, $after: String, $before: String, $orderBy: [SaleOrder!], $filter: SaleFilter) {
  sales(first: $first, last: $last, after: $after, before: $before, orderBy: $orderBy, filter: $filter) {
    nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;

const orders = [
  'soldAt',
  'amount',
  'quantity',
  'invoice',
  'product.code',
  'product.name',
  'product.category',
  'customer.code',
  'customer.name',
  'customer.region',
];

function orderInput(path: string, direction: string): object {
  const [head = '', inner] = path.split('.');
  return { [head]: inner === undefined ? direction : { [inner]: direction } };
}

describe('paging', () => {
  let database: TestDatabase;
  let paths: TwoPaths;

  beforeAll(async () => {
    database = await createTestDatabase();
    await fillOddShop(database);
    paths = await createTwoPaths(database);
  });
  afterAll(() => database?.close());

  async function page(variables: Readonly<Record<string, unknown>>): Promise<Page> {
    const planned = await paths.planned(query, variables);
    const plain = await paths.plain(query, variables);
    expect(planned.text).toBe(plain.text);
    expect(planned.outcomes).toEqual(['planned']);
    return JSON.parse(planned.text).data.sales;
  }

  async function walk(backward: boolean, size: number, variables: object): Promise<string[]> {
    let ids: string[] = [];
    let cursor: string | null = null;
    for (let count = 0; count < 100; count++) {
      const at = backward ? { last: size, before: cursor } : { first: size, after: cursor };
      const { nodes, pageInfo } = await page({ ...variables, ...at });
      const found = nodes.map(({ id }) => id);
      ids = backward ? [...found, ...ids] : [...ids, ...found];
      expect(backward ? pageInfo.hasNextPage : pageInfo.hasPreviousPage).toBe(cursor !== null);
      if (!(backward ? pageInfo.hasPreviousPage : pageInfo.hasNextPage)) return ids;
      cursor = backward ? pageInfo.startCursor : pageInfo.endCursor;
    }
    throw new Error('The pages never end.');
  }

  it('gives every row once, in every order, from both ends', { timeout: 180_000 }, async () => {
    const term = fc.tuple(fc.constantFrom(...orders), fc.constantFrom('ASC', 'DESC'));
    await fc.assert(
      fc.asyncProperty(
        fc.array(term, { maxLength: 3 }),
        fc.integer({ min: 7, max: 25 }),
        fc.boolean(),
        async (terms, size, filtered) => {
          const variables = {
            orderBy: terms.map(([path, direction]) => orderInput(path, direction)),
            filter: filtered ? { OR: [{ customer: null }, { kind: { not: 'RETURN' } }] } : null,
          };
          const whole = (await page({ ...variables, first: 100 })).nodes.map(({ id }) => id);
          expect(await walk(false, size, variables)).toEqual(whole);
          expect(await walk(true, size, variables)).toEqual(whole);
        },
      ),
      { seed: 7, numRuns: 25, endOnFailure: true },
    );
  });

  it('goes on behind a row that is gone', async () => {
    const first = await page({ first: 2 });
    const gone = first.nodes[1]?.id ?? '';
    const [, source = '', invoice = '', line = ''] = /^Sale:([^/]*)\/([^/]*)\/(\d+)$/.exec(gone) ?? [];
    const expected = (await page({ first: 3, after: first.pageInfo.endCursor })).nodes;
    await database.prisma.sale.delete({
      where: { source_invoice_line: { source: source.replace('%2F', '/'), invoice, line: Number(line) } },
    });
    expect((await page({ first: 3, after: first.pageInfo.endCursor })).nodes).toEqual(expected);
  });

  for (const cursor of [
    '',
    'x',
    'WyJhIl0',
    Buffer.from('["soldAt-,id-","yesterday","1"]').toString('base64url'),
  ]) {
    it(`refuses the cursor «${cursor}» with a sentence`, async () => {
      const { text } = await paths.planned(query, { after: cursor === '' ? 'bm8' : cursor });
      expect(JSON.parse(text).errors[0]).toMatchObject({
        message: expect.stringContaining('`after`'),
        extensions: { code: 'BAD_INPUT' },
      });
    });
  }
});
