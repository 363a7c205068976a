// Documents whose shape is the attack: too deep, too wide, too many aliases, fragments that go in circles.

import type { Random } from '../../src/core/random.js';
import { type Family, magnitude, pick, post } from './request.js';

function repeat(count: number, part: (index: number) => string, between = ' '): string {
  return Array.from({ length: count }, (_, index) => part(index)).join(between);
}

/** Sales → product → sales → …, as deep as asked. */
function nested(depth: number, first: string): string {
  const opening = repeat(depth, (index) => (index % 2 === 0 ? `sales${first}{nodes{` : 'product{'), '');
  const closing = repeat(depth, (index) => ((depth - 1 - index) % 2 === 0 ? '}}' : '}'), '');
  return `{${opening}__typename${closing}}`;
}

const deepSelection: Family = (random) =>
  post({
    query: nested(magnitude(random, 2, 3_000), pick(random, ['', '(first:1)', '(first:1000)', '(first:0)'])),
  });

const brackets: Family = (random) => {
  const depth = magnitude(random, 10, 60_000);
  return post({
    query: pick(random, [
      '{'.repeat(depth),
      `{a${'{a'.repeat(depth)}${'}'.repeat(depth + 1)}`,
      `{products(filter:${'['.repeat(depth)}`,
      `{products(filter:${'{AND:['.repeat(depth)}${']}'.repeat(depth)}){totalCount}}`,
      `query(${'$a:['.repeat(depth)}`,
      `query($a:${'['.repeat(depth)}Int${']'.repeat(depth)}){__typename}`,
      `#${'('.repeat(depth)}\n{__typename}`,
    ]),
  });
};

const deepFilter: Family = (random) => {
  const depth = magnitude(random, 2, 2_000);
  const open = pick(random, [
    '{AND:[',
    '{OR:[',
    '{NOT:[',
    '{sales:{some:{product:',
    '{sales:{none:{product:',
  ]);
  const close = open.endsWith('[') ? ']}' : '}}}';
  return post({
    query: `{products(first:1,filter:${open.repeat(depth)}{name:{contains:"a"}}${close.repeat(depth)}){totalCount}}`,
  });
};

/** The same nesting in the variables, where no parser of GraphQL looks. */
const deepVariables: Family = (random) => {
  const depth = magnitude(random, 2, 5_000);
  const [open, close] = pick(random, [
    ['{"AND":[', ']}'],
    ['{"NOT":[', ']}'],
    ['{"sales":{"some":{"product":', '}}}'],
    ['[', ']'],
    ['{"a":', '}'],
  ] as const);
  const filter = `${open.repeat(depth)}{"name":{"contains":"a"}}${close.repeat(depth)}`;
  const query = JSON.stringify('query($f:ProductFilter){products(first:1,filter:$f){totalCount}}');
  return {
    ...post({}),
    body: Buffer.from(`{"query":${query},"variables":{"f":${filter}}}`),
  };
};

const wide: Family = (random) => {
  const count = magnitude(random, 10, 20_000);
  return post({
    query: pick(random, [
      `{products(first:1){nodes{${repeat(count, () => 'code')}}}}`,
      `{products(first:1){nodes{${repeat(count, (index) => `a${index}:code`)}}}}`,
      `{products(first:1){nodes{${repeat(count, (index) => `a${index}:sales(first:1){nodes{id}}`)}}}}`,
      `{products(first:1,orderBy:[${repeat(count, () => '{code:ASC}', ',')}]){totalCount}}`,
      `{products(filter:{code:{in:[${repeat(count, (index) => `"${index}"`, ',')}]}}){totalCount}}`,
      `{nodes(ids:[${repeat(count, (index) => `"Product:${index}"`, ',')}]){id}}`,
      `{report(metrics:[${repeat(count, () => 'REVENUE')}]){truncated}}`,
      `{report(metrics:[REVENUE],by:[${repeat(count, () => 'REGION')}]){truncated}}`,
      `query(${repeat(count, (index) => `$a${index}:Int`, ',')}){__typename}`,
      `{__typename ${repeat(count, () => '@include(if:true)')}}`,
    ]),
  });
};

/** Very many values, where no limit of tokens counts them. */
const wideVariables: Family = (random) => {
  const count = magnitude(random, 10, 100_000);
  const item = pick(random, [{ name: { contains: 'a' } }, { code: { equals: 'a' } }, {}]);
  const [type, use, value] = pick<readonly [string, string, unknown]>(random, [
    ['ProductFilter', 'filter:$v', { AND: Array.from({ length: count }, () => item) }],
    ['ProductFilter', 'filter:$v', { OR: Array.from({ length: count }, () => item) }],
    ['ProductFilter', 'filter:$v', { code: { in: Array.from({ length: count }, (_, index) => `${index}`) } }],
    ['[ProductOrder!]', 'orderBy:$v', Array.from({ length: count }, () => ({ code: 'ASC' }))],
    ['String', 'search:$v', 'a '.repeat(count)],
    ['String', 'after:$v', 'a'.repeat(count)],
  ]);
  return post({ query: `query($v:${type}){products(first:1,${use}){totalCount}}`, variables: { v: value } });
};

const aliasedRoots: Family = (random) => {
  const count = magnitude(random, 2, 5_000);
  const field = pick(random, [
    'products(first:1000){nodes{name}}',
    'sales(first:1000){totalCount nodes{product{name}}}',
    'customers(first:1000){nodes{sales(first:1000){nodes{id}}}}',
    'report(metrics:[REVENUE],by:[PRODUCT,CUSTOMER],grain:SECOND){rows{at}}',
    'product(code:"1"){name}',
    '__schema{types{name}}',
    'metrics{name}',
  ]);
  return post({ query: `{${repeat(count, (index) => `a${index}:${field}`)}}` });
};

const fragmentCycle: Family = (random) => {
  const length = magnitude(random, 1, 300);
  const fragments = repeat(
    length,
    (index) => `fragment F${index} on Product{code ...F${(index + 1) % length}}`,
  );
  return post({ query: `{products(first:1){nodes{...F0}}} ${fragments}` });
};

/** Each fragment spreads the next one several times: few characters, very many fields. */
const fragmentBomb: Family = (random) => {
  const length = magnitude(random, 2, 60);
  const times = 2 + random.integer(8);
  const fragments = repeat(length, (index) => {
    const next = index + 1 === length ? 'code' : repeat(times, (copy) => nestedSpread(random, index, copy));
    return `fragment F${index} on Product{${next}}`;
  });
  return post({ query: `{products(first:1){nodes{...F0}}} ${fragments}` });
};

function nestedSpread(random: Random, index: number, copy: number): string {
  return random.integer(2) === 0
    ? `...F${index + 1}`
    : `a${copy}:sales(first:1){nodes{product{...F${index + 1}}}}`;
}

const manyOperations: Family = (random) => {
  const count = magnitude(random, 2, 3_000);
  const operations = repeat(count, (index) => `query Q${index}{__typename}`);
  return post({ query: operations, operationName: pick(random, ['Q0', 'Q1', 'nothing', '', undefined]) });
};

const deepIntrospection: Family = (random) => {
  const depth = magnitude(random, 1, 60);
  const inner = pick(random, [
    ['ofType{', '}'],
    ['fields{type{', '}}'],
    ['possibleTypes{interfaces{', '}}'],
  ] as const);
  return post({
    query: `{__schema{types{${inner[0].repeat(depth)}name${inner[1].repeat(depth)}}}}`,
  });
};

/** Fields that would clash, compared pair by pair by a naive validator. */
const overlapping: Family = (random) => {
  const count = magnitude(random, 10, 2_000);
  return post({
    query: `{${repeat(count, (index) => `a:products(first:${index}){nodes{code}}`)} ${repeat(
      magnitude(random, 1, 300),
      () => '...{products(first:1){nodes{...{code}}}}',
    )}}`,
  });
};

export const shapes: Readonly<Record<string, Family>> = {
  deepSelection,
  brackets,
  deepFilter,
  deepVariables,
  wide,
  wideVariables,
  aliasedRoots,
  fragmentCycle,
  fragmentBomb,
  manyOperations,
  deepIntrospection,
  overlapping,
};
