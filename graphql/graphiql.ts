// GraphiQL for the people who explore: one page that holds all it needs, so it works without the internet.

import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import type { Exchange, ExchangeHandler } from '../src/core/exchange.js';
import { type GraphiqlExamples, graphiqlTabs } from './graphiql-tabs.js';

export interface GraphiqlDeps {
  /** Whether callers need a key. The page itself is shown to whoever opens it, and then holds nothing of the data. */
  readonly needsKey: boolean;
  /** What the variables of the tabs are chosen from; asked only when no key is needed. */
  readonly examples: () => Promise<GraphiqlExamples>;
}

interface Page {
  readonly etag: string;
  readonly plain: Buffer;
  readonly gzipped: Buffer;
}

/** With a space that does not break, since the tabs beside it take what room they get. */
const title = 'Flywheel\u00a0Gateway';

/** A wheel with an arrow's gap, drawn in place so that no image is fetched. */
const wheel =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" width="28" height="28">' +
  '<circle cx="16" cy="16" r="12" fill="none" stroke="#2563eb" stroke-width="5" stroke-dasharray="62 14"/>' +
  '<circle cx="16" cy="16" r="4" fill="#2563eb"/></svg>';

/**
 * What the page may do: run what it holds, and talk to the server that it came from. The editor's
 * workers are blobs, its styles and fonts stand in the page; nothing else is reachable from it.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'unsafe-inline' blob:",
  "style-src 'unsafe-inline'",
  'img-src data:',
  'font-src data:',
  'worker-src blob:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * Headers belong to a tab, but a key is the person's: the key last sent goes with the requests of the other
 * tabs too, until the page is left. It is kept in memory alone.
 */
const keyKeeper = `{
  const plainFetch = globalThis.fetch;
  const names = ['authorization', 'x-api-key'];
  let kept;
  globalThis.fetch = (input, init = {}) => {
    const headers = new Headers(init.headers);
    const sent = names.filter((name) => headers.get(name));
    if (sent.length > 0) kept = sent.map((name) => [name, headers.get(name)]);
    else for (const [name, value] of kept ?? []) headers.set(name, value);
    return plainFetch(input, { ...init, headers });
  };
}`;

/**
 * GraphiQL moves its tabs about when the page opens, and leaves them with a shift that holds only while they have the
 * focus: a tab that is pressed would leap away from under the pointer, and the press be lost.
 */
const steadyTabs = '<style>.graphiql-tab { transform: none !important; }</style>';

const compress = promisify(gzip);

/**
 * Answers with GraphiQL, its tabs filled in from the examples. The page is built anew only when the
 * examples change; a browser that has it already is told so.
 */
export function createGraphiqlHandler(deps: GraphiqlDeps): ExchangeHandler {
  let built: { readonly key: string; readonly page: Promise<Page> } | undefined;

  const pageFor = (examples: GraphiqlExamples): Promise<Page> => {
    const key = JSON.stringify(examples);
    if (built?.key !== key) built = { key, page: buildPage(examples, deps.needsKey) };
    return built.page;
  };

  return async (exchange) => send(exchange, await pageFor(deps.needsKey ? {} : await deps.examples()));
}

async function buildPage(examples: GraphiqlExamples, needsKey: boolean): Promise<Page> {
  const rendered = renderGraphiQL({
    title,
    logo: wheel,
    favicon: `data:image/svg+xml,${encodeURIComponent(wheel)}`,
    defaultTabs: graphiqlTabs(examples, needsKey),
    // Subscriptions come as events of a POST like any other request, so a key in the headers reaches them too; a
    // browser's WebSocket has no headers of its own.
    method: 'POST',
    subscriptionsProtocol: 'GRAPHQL_SSE',
    // A key typed into the headers is kept in the browser only when the person says so in the settings.
    shouldPersistHeaders: false,
    schemaDescription: true,
    inputValueDeprecation: true,
  });
  const html = rendered.replace('</head>', () => `${steadyTabs}</head>`);
  const plain = Buffer.from(
    needsKey ? html.replace('<script>', () => `<script>${keyKeeper}</script><script>`) : html,
  );
  const etag = `"${createHash('sha256').update(plain).digest('base64url')}"`;
  return { etag, plain, gzipped: await compress(plain) };
}

function send({ request, response }: Exchange, page: Page): void {
  const headers = {
    'content-security-policy': contentSecurityPolicy,
    'cache-control': 'no-cache',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    vary: 'accept, accept-encoding',
    etag: page.etag,
  };
  if (request.headers['if-none-match'] === page.etag) {
    response.writeHead(304, headers).end();
    return;
  }
  const gzipped = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
  const body = gzipped ? page.gzipped : page.plain;
  response
    .writeHead(200, {
      ...headers,
      'content-type': 'text/html; charset=utf-8',
      'content-length': body.byteLength,
      ...(gzipped ? { 'content-encoding': 'gzip' } : {}),
    })
    .end(body);
}
