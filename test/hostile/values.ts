// Documents whose values are the attack: statements in strings, numbers without end, text that is no text.

import type { Random } from '../../src/core/random.js';
import { type Family, magnitude, mark, pick, post } from './request.js';

/** Texts that mean something to SQL, to a shell, to a page, to JSON or to a text decoder; each carries a mark. */
function hostileText(random: Random): string {
  const marked = mark(random);
  const forged = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return pick(random, [
    `'; DROP TABLE fact_sales; -- ${marked}`,
    `' OR '1'='1' /* ${marked} */`,
    `" OR ""="${marked}`,
    `\\'; SELECT pg_sleep(10); -- ${marked}`,
    `'||(SELECT version())||'${marked}`,
    `$1 ${marked}`,
    `$$; COPY fact_sales TO PROGRAM 'touch /tmp/${marked}'; $$`,
    `E'\\x27' ${marked}`,
    `%' ESCAPE '' ${marked}`,
    `_%\\${marked}%_`,
    `${marked}\u0000${marked}`,
    `\u0000`,
    `${marked}\ud800`,
    `\udc00${marked}`,
    `\ufffe\uffff${marked}`,
    `\u202e${marked}\u202c`,
    `ʼ＇"${marked}`,
    `${marked}${'\u0301'.repeat(500)}`,
    `<script>${marked}</script>`,
    `${marked}\r\nset-cookie: a=b`,
    `\${${marked}} {{${marked}}} #{${marked}}`,
    `../../../../etc/passwd ${marked}`,
    `Product:${marked}' OR 1=1`,
    `Sale:9223372036854775808${marked}`,
    `Nothing:${marked}`,
    `:${marked}:`,
    `${marked} 00:00:00'; --`,
    `9999-12-31T23:59:59.999Z${marked}`,
    forged([marked, 1]),
    forged([`'; DROP TABLE dim_product; -- ${marked}`]),
    forged({ [marked]: { $gt: '' } }),
    forged([[[[marked]]]]),
    forged(null),
    forged([1e308, -1, null, true, marked]),
    `${'='.repeat(20)}${marked}`,
    `${marked}${'x'.repeat(magnitude(random, 10, 200_000))}`,
    '',
  ]);
}

type Position = readonly [declaration: string, use: string];

/** Every place of a document that takes a text; the text goes in as a literal or as a variable of this type. */
const positions: readonly Position[] = [
  ['String!', '{product(code:%){name}}'],
  ['String!', '{customer(code:%){name}}'],
  ['ID!', '{node(id:%){id}}'],
  ['ID!', '{nodes(ids:[%]){id}}'],
  ['String', '{products(first:1,search:%){totalCount nodes{code}}}'],
  ['String', '{products(first:1,after:%){nodes{code}}}'],
  ['String', '{products(last:1,before:%){nodes{code}}}'],
  ['String', '{sales(first:1,after:%,orderBy:[{soldAt:DESC}]){nodes{id}}}'],
  ['String', '{sales(first:1,after:%,orderBy:[{product:{name:ASC}},{amount:DESC}]){nodes{id}}}'],
  ['String', '{customers(first:1,after:%){nodes{sales(first:1){nodes{id}}}}}'],
  ...['equals', 'not', 'contains', 'startsWith', 'endsWith', 'lt', 'lte', 'gt', 'gte'].flatMap(
    (operator): Position[] => [
      ['String', `{products(first:1,filter:{name:{${operator}:%}}){totalCount}}`],
      ['String', `{sales(first:1,filter:{product:{category:{${operator}:%}}}){totalCount}}`],
      ['String', `{customers(first:1,filter:{region:{${operator}:%}}){totalCount}}`],
    ],
  ),
  ['String!', '{products(first:1,filter:{code:{in:["1",%]}}){totalCount}}'],
  ['String!', '{products(first:1,filter:{code:{notIn:[%]}}){totalCount}}'],
  ['String', '{sales(first:1,filter:{source:{equals:%}}){totalCount}}'],
  ['String', '{sales(first:1,filter:{invoice:{startsWith:%}}){aggregate(metrics:[REVENUE]){value}}}'],
  ['DateTime', '{sales(first:1,filter:{soldAt:{gte:%}}){totalCount}}'],
  ['Decimal', '{sales(first:1,filter:{amount:{gt:%}}){totalCount}}'],
  ['SaleKind', '{sales(first:1,filter:{kind:{equals:%}}){totalCount}}'],
  ['DateTime', '{report(metrics:[REVENUE],from:%,grain:MONTH){rows{at}}}'],
  ['String', '{report(metrics:[REVENUE],grain:DAY,timeZone:%,first:1){rows{at}}}'],
  ['String', '{report(metrics:[REVENUE],by:[REGION],filter:{region:{contains:%}}){rows{keys{value}}}}'],
  ['String', '{report(metrics:[REVENUE],filter:{customer:{code:{equals:%}}}){totals{value}}}'],
  ['Decimal', '{report(metrics:[REVENUE],by:[REGION],having:[{metric:REVENUE,gt:%}]){rows{keys{value}}}}'],
  ['String!', '{__type(name:%){name}}'],
];

/** JSON's escapes are GraphQL's, but for what GraphQL does not allow in a literal; that is part of the attack. */
const injectionLiteral: Family = (random) => {
  const [, use] = pick(random, positions);
  const text = hostileText(random);
  const literal = pick(random, [
    JSON.stringify(text),
    `"""${text}"""`,
    `"${text}"`,
    JSON.stringify(text).replace(/[^"\\ -~]/gu, (sign) => `\\u{${sign.codePointAt(0)?.toString(16)}}`),
  ]);
  return post({ query: use.replace('%', () => literal) });
};

const injectionVariable: Family = (random) => {
  const [type, use] = pick(random, positions);
  const text = hostileText(random);
  return post({ query: `query($v:${type})${use.replace('%', () => '$v')}`, variables: { v: text } });
};

/** Names chosen by the caller that turn up in the answer and, perhaps, in what we compile. */
const names: Family = (random) => {
  const marked = mark(random);
  const name = pick(random, [
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'select',
    'null',
    'true',
    'json_build_object',
    'x',
    'X',
    'ctid',
    'toJSON',
    'then',
    '_',
    '__typename',
    `${marked}${'n'.repeat(magnitude(random, 1, 20_000))}`,
    `${marked}" FROM dim_product; --`,
    `${marked}'`,
    'é',
    '1a',
    '$a',
    '\u0000',
    marked,
  ]);
  return post({
    query: pick(random, [
      `{${name}:product(code:"1"){${name}:code}}`,
      `{products(first:1){${name}:nodes{${name}:code a:code}${name}1:totalCount}}`,
      `{sales(first:1){nodes{${name}:product{${name}:name}}}}`,
      `query ${name}($${name}:Int){products(first:$${name}){totalCount}}`,
      `{products(first:1){nodes{...${name}}}} fragment ${name} on Product{code}`,
      `{__typename @${name}}`,
      `{products(${name}:1){totalCount}}`,
      `{products(filter:{${name}:{equals:"a"}}){totalCount}}`,
      `{products(orderBy:[{${name}:ASC}]){totalCount}}`,
      `{${name}}`,
    ]),
    variables: { [name]: 1 },
    operationName: pick(random, [undefined, name]),
  });
};

const hugeNumber: Family = (random) => {
  const digits = magnitude(random, 1, 5_000);
  const number = pick(random, [
    '-1',
    '0',
    '2147483647',
    '2147483648',
    '-2147483649',
    '9007199254740993',
    '1e400',
    '-1e400',
    '1e-400',
    '1E+5',
    '0.1',
    '1.5',
    '-0',
    '00',
    '0x10',
    '1_000',
    'NaN',
    'Infinity',
    '9'.repeat(digits),
    `0.${'9'.repeat(digits)}`,
    `1e${'9'.repeat(Math.min(digits, 30))}`,
    '9223372036854775807',
    '9223372036854775808',
    'true',
    'null',
    '[1]',
    '{a:1}',
  ]);
  const quoted = random.integer(2) === 0 ? number : JSON.stringify(number);
  return post({
    query: pick(random, [
      `{products(first:${number}){nodes{code}}}`,
      `{products(last:${number}){nodes{code}}}`,
      `{products(first:${number},last:${number}){nodes{code}}}`,
      `{sales(first:1,filter:{amount:{gt:${quoted}}}){totalCount}}`,
      `{sales(first:1,filter:{quantity:{in:[${quoted},${quoted}]}}){totalCount}}`,
      `{sales(first:1,filter:{line:{equals:${number}}}){totalCount}}`,
      `{report(metrics:[REVENUE],by:[PRODUCT],first:${number}){truncated}}`,
      `{report(metrics:[REVENUE],by:[PRODUCT],having:[{metric:REVENUE,gt:${quoted}}]){rows{keys{value}}}}`,
      `{node(id:${quoted}){id}}`,
      `{product(code:${quoted}){code}}`,
    ]),
  });
};

const times: Family = (random) => {
  const time = pick(random, [
    '0000-00-00',
    '0001-01-01',
    '9999-12-31T23:59:59.999Z',
    '+275760-09-13T00:00:00.000Z',
    '-000001-01-01',
    '2023-02-30',
    '2023-13-01',
    '2011-12-09T24:00:00Z',
    '2011-12-09T23:59:60Z',
    '2011-12-09T00:00:00+99:99',
    'now',
    'infinity',
    '-infinity',
    'epoch',
    '1e3',
    '4714-11-24 BC',
    '294276-12-31',
    `2011-12-09T00:00:00.${'1'.repeat(magnitude(random, 1, 1_000))}Z`,
  ]);
  const grain = pick(random, ['SECOND', 'MINUTE', 'HOUR', 'DAY', 'WEEK', 'MONTH', 'QUARTER', 'YEAR', 'ALL']);
  const zone = pick(random, [
    'UTC',
    'Europe/London',
    'posixrules',
    'localtime',
    'EST5EDT',
    '+25:00',
    '..',
    'utc',
    "a'b",
    'GMT+14',
    '',
  ]);
  return post({
    query:
      'query($a:DateTime,$b:DateTime,$g:Grain,$z:String,$c:Comparison,$f:Boolean)' +
      '{report(metrics:[REVENUE,CUSTOMERS],from:$a,to:$b,grain:$g,timeZone:$z,compare:$c,fill:$f){truncated rows{at values{value}}}}',
    variables: {
      a: pick(random, [time, undefined, '1000-01-01', '2011-01-01']),
      b: pick(random, [time, undefined, '9999-01-01', '2011-01-02']),
      g: grain,
      z: zone,
      c: pick(random, [undefined, 'PREVIOUS_PERIOD', 'PREVIOUS_YEAR']),
      f: pick(random, [undefined, true]),
    },
  });
};

export const values: Readonly<Record<string, Family>> = {
  injectionLiteral,
  injectionVariable,
  names,
  hugeNumber,
  times,
};
