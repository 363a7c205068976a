// Requests whose wrapping is the attack: bytes that are no text, JSON that is no request, headers that lie.

import type { Random } from '../../src/core/random.js';
import { type Family, magnitude, mark, pick, post, postBytes } from './request.js';

const sound = { query: '{products(first:1){nodes{code}}}' };

/** JSON that a client would never send, in the places of a request's members. */
function oddValue(random: Random): unknown {
  return pick<unknown>(random, [
    null,
    true,
    false,
    0,
    -1,
    1.5,
    '',
    'a',
    [],
    {},
    [[]],
    [null],
    { a: { b: [] } },
    '{}',
    '[1]',
    mark(random),
    'x'.repeat(magnitude(random, 1, 100_000)),
    Array.from({ length: magnitude(random, 1, 5_000) }, () => ({})),
  ]);
}

const oddMembers: Family = (random) => {
  const members = [
    'query',
    'variables',
    'operationName',
    'extensions',
    'documentId',
    'id',
    'mutation',
    'constructor',
  ];
  const content: Record<string, unknown> = random.integer(3) === 0 ? {} : { ...sound };
  for (let count = 1 + random.integer(3); count > 0; count -= 1) {
    content[pick(random, members)] = oddValue(random);
  }
  return post(content);
};

const oddBody: Family = (random) =>
  pick(random, [
    () => post(oddValue(random)),
    () => post([sound, sound]),
    () => post(Array.from({ length: magnitude(random, 1, 2_000) }, () => sound)),
    () => postBytes(Buffer.from('{"query":"{__typename}","query":"{products{totalCount}}"}')),
    () => postBytes(Buffer.from('{"__proto__":{"query":"{__typename}"},"query":"{__typename}"}')),
    () => postBytes(Buffer.from('{"query":"{__typename}","variables":{"__proto__":{"first":1}}}')),
    () => postBytes(Buffer.from(`{"query":"{__typename}"}${'}'.repeat(1 + random.integer(5))}`)),
    () => postBytes(Buffer.from('\ufeff{"query":"{__typename}"}')),
    () => postBytes(Buffer.from("{'query':'{__typename}'}")),
    () => postBytes(Buffer.from('{"query":"{__typename}",}')),
    () => postBytes(Buffer.alloc(0)),
    () => postBytes(Buffer.from(' '.repeat(magnitude(random, 1, 500_000)))),
    () => postBytes(Buffer.from('['.repeat(magnitude(random, 10, 500_000)))),
    () =>
      postBytes(
        Buffer.from(
          `{"query":"{__typename}","variables":{"a":${'9'.repeat(magnitude(random, 10, 100_000))}}}`,
        ),
      ),
  ])();

const overlong = [0xc0, 0xaf];
const surrogate = [0xed, 0xa0, 0x80];
const beyond = [0xf4, 0x90, 0x80, 0x80];

/** A sound request with bytes in it that are not UTF-8, or any bytes at all. */
const brokenBytes: Family = (random) => {
  const bytes = Buffer.from(JSON.stringify({ query: '{products(first:1,search:"abc"){nodes{code}}}' }));
  const noise = (): Buffer =>
    Buffer.from(Array.from({ length: magnitude(random, 1, 2_000) }, () => random.integer(256)));
  const bad = Buffer.from(
    pick(random, [overlong, surrogate, beyond, [0xff], [0xfe, 0xff], [0x80], [0x00], [0xc3]]),
  );
  const at = random.integer(bytes.length);
  return postBytes(
    pick(random, [
      () => Buffer.concat([bytes.subarray(0, at), bad, bytes.subarray(at)]),
      () => bytes.subarray(0, at),
      () => Buffer.concat([bytes, bad]),
      () => Buffer.from(bytes.toString(), 'utf16le'),
      () => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]),
      noise,
    ])(),
  );
};

const brokenEscapes: Family = (random) => {
  const escaped = pick(random, [
    '\\ud800',
    '\\udfff\\ud800',
    '\\u0000',
    '\\u00',
    '\\x41',
    '\\u{110000}',
    '\\u{d800}',
    '\\',
    '\\uFFFE',
  ]);
  const inDocument = JSON.stringify(`{products(first:1,search:"${escaped}"){nodes{code}}}`);
  return postBytes(
    Buffer.from(
      pick(random, [
        `{"query":${inDocument}}`,
        `{"query":"{products(first:1,search:\\"${escaped}\\"){nodes{code}}}"}`,
        `{"query":"query($s:String){products(first:1,search:$s){nodes{code}}}","variables":{"s":"${escaped}"}}`,
        `{"query":"query($s:String!){product(code:$s){code}}","variables":{"s":"a${escaped}b"}}`,
        `{"query":"{__typename}","operationName":"${escaped}"}`,
      ]),
    ),
  );
};

const headers: Family = (random) => {
  const type = pick(random, [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=a',
    'application/graphql',
    'application/json; charset=utf-16',
    'application/json; charset=latin1',
    'application/jsonp',
    'application/json;;;',
    `application/json; ${'a=b;'.repeat(200)}`,
    'application/graphql-response+json',
    ',',
    'application/json, text/plain',
  ]);
  const accept = pick(random, [
    '*/*',
    'text/event-stream',
    'multipart/mixed',
    'image/png',
    'application/json;q=0',
    ';;;',
    'application/graphql-response+json',
  ]);
  const extra = pick<Record<string, string>>(random, [
    {},
    { 'content-encoding': 'gzip' },
    { 'content-encoding': 'br, gzip' },
    { origin: 'https://elsewhere.example' },
    { origin: 'null' },
    { traceparent: `00-${'f'.repeat(500)}` },
    { authorization: 'Bearer \u00ff' },
    { 'x-api-key': 'a'.repeat(3_000) },
    { upgrade: 'websocket' },
    { 'x-forwarded-host': "a'b" },
    { 'transfer-encoding': 'chunked' },
    { range: 'bytes=0-1' },
    { 'if-none-match': '*' },
  ]);
  const isTyped = random.integer(2) === 0;
  return {
    ...post(sound),
    headers: { 'content-type': isTyped ? type : 'application/json', accept, ...extra },
  };
};

const methods: Family = (random) => {
  const method = pick(random, ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', 'POST']);
  const query = pick(random, [
    '',
    '?',
    '?query',
    '?query=%',
    '?query=%00',
    '?query=%ff%fe',
    '?query={__typename}',
    '?query=%7B__typename%7D',
    `?query=${encodeURIComponent('mutation{__typename}')}`,
    `?query=%7B__typename%7D&variables=%7B`,
    `?query=%7B__typename%7D&variables=[]`,
    `?query=%7B__typename%7D&operationName=${encodeURIComponent("'")}`,
    `?query=${'a'.repeat(magnitude(random, 1, 12_000))}`,
    '?query=%7B__typename%7D&query=%7Ba%7D',
    '?documentId=sha256:1',
    `?query=${encodeURIComponent('{products(first:1,search:"\u0000"){nodes{code}}}')}`,
    '?__proto__[query]=1',
    '?query[]=1',
  ]);
  const path = pick(random, [
    '/graphql',
    '/graphql',
    '/graphql',
    '/graphql',
    '/graphql/',
    '//graphql',
    '/../graphql',
    '/healthz',
    '/%2e%2e',
  ]);
  return { method, path: `${path}${query}`, headers: {}, body: undefined };
};

const hugeText: Family = (random) => {
  const size = magnitude(random, 1_000, 4_000_000);
  const text = pick(random, ['x', ' ', '#', ',', 'é', '𝕏', '\n', '"', '(', 'a ', '{a}'])
    .repeat(size)
    .slice(0, size);
  return post(
    pick<unknown>(random, [
      { query: text },
      { query: `{product(code:${JSON.stringify(text)}){code}}` },
      { query: 'query($c:String!){product(code:$c){code}}', variables: { c: text } },
      { query: 'query($s:String){products(first:1,search:$s){totalCount}}', variables: { s: text } },
      { query: '{__typename}', operationName: text },
      { query: '{__typename}', extensions: { a: text } },
    ]),
  );
};

/** Sound documents with letters struck out, doubled, swapped or put in; most of them parse no more, some do. */
export function mutations(documents: readonly string[]): Family {
  const signs = [
    '{',
    '}',
    '(',
    ')',
    '[',
    ']',
    '"',
    '"""',
    '$',
    '!',
    ':',
    '...',
    '@',
    '|',
    '&',
    '#',
    '\\',
    '1',
    '-',
    'null',
    ' ',
    '\u0000',
    '\ud83d',
  ];
  return (random) => {
    let text = pick(random, documents);
    for (let count = magnitude(random, 1, 30); count > 0; count -= 1) {
      const at = random.integer(text.length + 1);
      const until = at + random.integer(8);
      text = pick(random, [
        text.slice(0, at) + text.slice(until),
        text.slice(0, at) + pick(random, signs) + text.slice(at),
        text.slice(0, until) + text.slice(at),
      ]);
    }
    return post({
      query: text,
      variables: pick<unknown>(random, [
        undefined,
        null,
        {},
        { first: 1 },
        { first: 'a', filter: [], after: {} },
      ]),
    });
  };
}

export const envelopes: Readonly<Record<string, Family>> = {
  oddMembers,
  oddBody,
  brokenBytes,
  brokenEscapes,
  headers,
  methods,
  hugeText,
};
