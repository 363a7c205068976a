// Holds that the GraphiQL page is whole: nothing from elsewhere, tabs that fit the data, no data where keys are set.

import { createServer } from 'node:http';
import { getOperationAST, parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGraphiqlHandler } from '../../graphql/graphiql.js';
import { type GraphiqlExamples, graphiqlTabs } from '../../graphql/graphiql-tabs.js';
import { openScope } from '../../src/core/scope.js';

const examples: GraphiqlExamples = {
  newestSaleAt: new Date('2011-12-09T12:50:00.000Z'),
  region: 'Northern Isles',
  productWord: 'lantern',
};

async function serve(needsKey: boolean) {
  const page = createGraphiqlHandler({ needsKey, examples: async () => examples });
  const server = createServer((request, response) => {
    void page({
      request,
      response,
      body: Buffer.alloc(0),
      scope: openScope,
      requestId: 'test',
      onAbandon: () => {},
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  const get = (headers: Record<string, string> = {}) =>
    fetch(`http://127.0.0.1:${address.port}/graphql`, { headers });
  return { get, close: () => new Promise((resolve) => server.close(resolve)) };
}

describe('the tabs', () => {
  it('begin with a comment that asks their question', () => {
    for (const { query } of graphiqlTabs({}, false)) expect(query).toMatch(/^(# .*\n)*# .*\?/);
  });

  it('begin with a question that is answered at once, and go on with what moves', () => {
    const operations = graphiqlTabs({}, false).map(({ query }) => getOperationAST(parse(query)));
    expect(operations.slice(0, 2).map((found) => [found?.operation, found?.name?.value])).toEqual([
      ['query', 'RevenueByMonth'],
      ['subscription', 'LiveEvents'],
    ]);
  });

  it('take their variables from what is loaded, and have none where nothing is known', () => {
    const text = JSON.stringify(graphiqlTabs(examples, false));
    expect(text).toContain('2010-12-01T00:00:00.000Z');
    expect(text).toContain('Northern Isles');
    expect(text).toContain('lantern');
    const bare = graphiqlTabs({}, false).map(({ variables }) => variables ?? '');
    expect(bare.join()).not.toMatch(/\d{4}-|filter|search/);
  });

  it('say on the first tab alone how to send a key, where one is needed', () => {
    const [first, ...rest] = graphiqlTabs({}, true);
    expect(first?.headers).toContain('Authorization');
    expect(first?.query).toContain('API key');
    expect(JSON.stringify(rest)).not.toMatch(/API key|Authorization/);
  });
});

describe('the page', () => {
  let open: Awaited<ReturnType<typeof serve>>;
  let keyed: Awaited<ReturnType<typeof serve>>;
  beforeAll(async () => {
    open = await serve(false);
    keyed = await serve(true);
  });
  afterAll(async () => {
    await Promise.all([open.close(), keyed.close()]);
  });

  it('forbids the browser to load anything from elsewhere', async () => {
    const response = await open.get();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("connect-src 'self'");
    expect(policy).not.toMatch(/https?:|\*/);
    const html = await response.text();
    const tags = html.match(/<(script|link|img|iframe)\b[^>]*\b(src|href)="?(https?:)?\/\//g) ?? [];
    expect(tags).toEqual([]);
    expect(html).toContain('Northern Isles');
  });

  it('is not sent again to a browser that has it', async () => {
    const first = await open.get();
    const body = await first.text();
    const again = await open.get({ 'if-none-match': first.headers.get('etag') ?? '' });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe('');
    const plain = await open.get({ 'accept-encoding': 'identity' });
    expect(plain.headers.get('content-encoding')).toBeNull();
    expect(await plain.text()).toBe(body);
  });

  it('holds nothing of the data where a key is needed', async () => {
    const html = await (await keyed.get()).text();
    expect(html).not.toContain('Northern Isles');
    expect(html).not.toContain('2010-12-01T00:00:00.000Z');
    expect(html).toContain('YOUR_KEY');
  });
});
