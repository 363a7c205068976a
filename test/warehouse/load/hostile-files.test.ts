import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LoadOptions, type LoadSummary, loadFile } from '../../../src/warehouse/load/load-file.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { useTemporaryFiles } from './temporary-files.js';

let database: TestDatabase;
const file = useTemporaryFiles();
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.close());

const mapping = {
  model: 'Sale',
  source: 'hostile',
  fields: {
    invoice: 'id',
    product: 'what',
    'product.name': 'what',
    quantity: 'n',
    unitPrice: 'price',
    soldAt: 'at',
  },
};
const header = 'id,what,n,price,at\n';
const good = (count: number) =>
  Array.from({ length: count }, (_, index) => `g${index},pen,1,2.5,2024-01-01\n`).join('');

async function load(
  content: string | Buffer,
  more: Partial<LoadOptions> = {},
  name = 'file.csv',
): Promise<LoadSummary> {
  await database.pool.query('TRUNCATE fact_sales, load_file CASCADE');
  return loadFile({ database, file: await file(name, content), mapping, ...more });
}

async function count(): Promise<number> {
  return (await database.pool.query('SELECT count(*)::int AS count FROM fact_sales')).rows[0].count;
}

describe('a file that is wrong as a whole is refused in one sentence, and nothing is loaded', () => {
  const packed = gzipSync(header + good(5_000));
  test.each<[string, string | Buffer, RegExp]>([
    ['empty', '', /is empty \(0 bytes\)/],
    ['gzip cut off', packed.subarray(0, packed.length - 200), /ends in the middle .*fetch the file again/],
    [
      'gzip damaged',
      Buffer.concat([packed.subarray(0, 60), Buffer.alloc(40, 7), packed.subarray(100)]),
      /is damaged|ends in the middle/,
    ],
    ['zip', Buffer.from('PK\u0003\u0004 and so on'), /zip archive or an Excel workbook/],
    ['UTF-16', Buffer.from(`\ufeff${header}`, 'utf16le'), /UTF-16; set "encoding": "utf-16le"/],
    [
      'windows-1252',
      Buffer.from(`${header}1,pen,1,1,2024-01-01\n2,caf\u00e9,1,1,2024-01-01\n`, 'latin1'),
      /^Line 3 of .* is not UTF-8.*"windows-1252", in which the line reads "2,café/,
    ],
    ['another delimiter', 'id;what;n;price;at\n', /no column "id".*set "csv": \{"delimiter": ";"\}/],
    [
      'missing columns',
      'id,what,number,prize,at\n',
      /no column "n", "price"; its columns are "id", "what", "number", "prize", "at"/,
    ],
    ['a column twice', 'id,what,n,price,at,n\n', /more than one column named n/],
    [
      'an open quote',
      `${header}${good(2)}3,"pen,1,1,2024-01-01\n${good(2)}`,
      /line 4 opens a " that is never closed/,
    ],
    [
      'a long line',
      Buffer.concat([Buffer.from(header), Buffer.alloc(3_000_000, 'x')]),
      /line 2 is longer than 1 MiB/,
    ],
    ['a long line before any', Buffer.alloc(3_000_000, 'x'), /line 1 is longer than 1 MiB/],
  ])('%s', async (_name, content, message) => {
    await expect(load(content)).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringMatching(message),
    });
    expect(await count()).toBe(0);
  });

  test('one that is not there', async () => {
    await expect(loadFile({ database, file: '/nowhere/x.csv', mapping })).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: 'There is no file /nowhere/x.csv.',
    });
  });
});

describe('a file that is unusual is read all the same', () => {
  test('with a byte order mark, CRLF, quoted line breaks and no line break at its end', async () => {
    const summary = await load(
      `\ufeff${header}1,"a ""pen""\nin two lines",1,2,2024-01-01\n2,b,1,1,2024-01-01`.replaceAll(
        '\n',
        '\r\n',
      ),
    );
    expect(summary).toMatchObject({ inserted: 2, rejected: 0 });
    const { rows } = await database.pool.query(`SELECT name FROM dim_product WHERE code LIKE 'a %'`);
    expect(rows).toEqual([{ name: 'a "pen"\r\nin two lines' }]);
  });

  test('with a header only', async () => {
    expect(await load(header)).toMatchObject({
      inserted: 0,
      rows: 0,
      warnings: ['The file has no good rows.'],
    });
  });

  test.each(['utf-16le', 'windows-1252'])('in %s, when the mapping says so', async (encoding) => {
    const text = `${header}1,caf\u00e9,1,1,2024-01-01\n`;
    const bytes = Buffer.from(
      encoding === 'utf-16le' ? `\ufeff${text}` : text,
      encoding === 'utf-16le' ? 'utf16le' : 'latin1',
    );
    expect(await load(bytes, { mapping: { ...mapping, encoding } })).toMatchObject({
      inserted: 1,
      rejected: 0,
    });
    const { rows } = await database.pool.query(`SELECT code FROM dim_product WHERE code = 'café'`);
    expect(rows).toHaveLength(1);
  });

  test('in gzip members one after the other, whatever its name', async () => {
    const bytes = Buffer.concat([gzipSync(header), gzipSync(good(3))]);
    expect(await load(bytes, {}, 'no-suffix')).toMatchObject({ inserted: 3 });
  });

  test('as JSON Lines', async () => {
    const text = '{"id":1,"what":"pen","n":2,"price":0.1,"at":"2024-01-01T10:00:00Z"}\n';
    expect(await load(text, {}, 'x.jsonl')).toMatchObject({ inserted: 1 });
  });
});

describe('bad rows', () => {
  const bad: readonly (readonly [row: string, reason: string])[] = [
    ['1,pen,one,1,2024-01-01', 'quantity: "one" is not a number'],
    ['2,pen,1,1,2024-02-30', 'soldAt: "2024-02-30" is not a date of the form iso'],
    ['3,pen,1,1,20240-01-01', 'soldAt: "20240-01-01" is not a date of the form iso'],
    [
      '4,pen,1,12345678.123456789,2024-01-01',
      'unitPrice: "12345678.123456789" has more than 15 significant digits',
    ],
    ['5,pen,1,0.12345,2024-01-01', 'unitPrice: "0.12345" has 5 decimal places, and only 4 can be kept'],
    [
      '6,pen,1234567890,1,2024-01-01',
      'quantity: "1234567890" is too large: at most 9 digits fit before the decimal point',
    ],
    [
      '7,pen,999999999,99999999,2024-01-01',
      'amount: is too large: at most 11 digits fit before the decimal point',
    ],
    ['8,,1,1,2024-01-01', 'product: is empty, and must not be'],
    ['9,pen\u0000,1,1,2024-01-01', 'product: "pen\\u0000" holds a NUL character'],
    ['10,pen,1,1', 'record: has 4 columns where the header has 5'],
    ['11,"pen"x,1,1,2024-01-01', 'record: something stands between a closing " and the next delimiter'],
    [`12,${'x'.repeat(1001)},1,1,2024-01-01`, `product: "${'x'.repeat(57)}..." is longer than 1000 bytes`],
    ['13,pen,NaN,1,2024-01-01', 'quantity: "NaN" is not a number'],
    ['14,pen,Infinity,1,2024-01-01', 'quantity: "Infinity" is not a number'],
  ];
  const text = header + bad.map(([row]) => `${row}\n`).join('') + good(100);

  test('are named with line and reason, in the summary and in the table; the good ones load', async () => {
    const summary = await load(text);
    expect(summary).toMatchObject({ inserted: 100, rejected: bad.length });
    expect(summary.rejects.map(({ line, reason }) => [line, reason])).toEqual(
      bad.map(([, reason], index) => [index + 2, reason]),
    );
    const { rows } = await database.pool.query(
      'SELECT line::int, reason, record FROM load_reject JOIN load_file ON load_file.id = file_id ORDER BY line',
    );
    expect(rows.map((row) => [row.line, row.reason])).toEqual(
      bad.map(([, reason], index) => [index + 2, reason]),
    );
    expect(JSON.parse(rows[0].record)).toEqual({
      id: '1',
      what: 'pen',
      n: 'one',
      price: '1',
      at: '2024-01-01',
    });
    expect(await count()).toBe(100);
  });

  test('stop a strict load at the first', async () => {
    await expect(load(text, { strict: true })).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message:
        'Line 2 is bad (quantity: "one" is not a number), and the load is strict, so nothing was loaded.',
    });
    expect(await count()).toBe(0);
  });

  test('that are more than a fifth stop the load, with advice', async () => {
    const wrong = '1,pen,one,1,2024-01-01\n';
    expect(await load(header + wrong.repeat(25) + good(100))).toMatchObject({ inserted: 100, rejected: 25 });
    await expect(load(header + wrong.repeat(26) + good(100))).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringMatching(
        /26 of 126 rows \(21 %\) are bad.*correct the mapping of quantity \(26\) first\. line 2: quantity/,
      ),
    });
    expect(await count()).toBe(0);
  });

  test('of which there are many are all kept, and a few shown', async () => {
    const wrong = '1,pen,one,1,2024-01-01\n';
    const summary = await load(header + wrong.repeat(12_000) + good(50_000));
    expect(summary).toMatchObject({ inserted: 50_000, rejected: 12_000 });
    expect(summary.rejects).toHaveLength(20);
    const { rows } = await database.pool.query(
      'SELECT count(*)::int, min(line)::int, max(line)::int FROM load_reject',
    );
    expect(rows).toEqual([{ count: 12_000, min: 2, max: 12_001 }]);
  });

  test('with half a character in JSON are named too', async () => {
    const line = (what: string) => `{"id":1,"what":"${what}","n":1,"price":1,"at":"2024-01-01"}\n`;
    const summary = await load(line('\\ud800') + line('pen').repeat(9), {}, 'y.jsonl');
    expect(summary).toMatchObject({ inserted: 9, rejected: 1, rejects: [{ line: 1 }] });
  });
});
