import { describe, expect, test } from 'vitest';
import { Fault } from '../../../src/warehouse/load/fault.js';
import { createJsonLinesSplitter } from '../../../src/warehouse/load/json-lines.js';
import type { RecordBatch } from '../../../src/warehouse/load/records.js';

function split(text: string, inputs: readonly string[]): RecordBatch {
  const splitter = createJsonLinesSplitter(inputs);
  const batch: RecordBatch = { records: [], lines: [] };
  for (const piece of text.match(/[\s\S]{1,7}/g) ?? []) splitter.push(piece, batch);
  splitter.end(batch);
  return batch;
}

describe('createJsonLinesSplitter', () => {
  test('hands over texts, numbers, truth values, nulls and what is missing', () => {
    const { records, lines } = split('{"a":"x","b":1.50,"c":true}\r\n\n{"a":null}', ['a', 'b', 'c', 'd']);
    expect(records).toEqual([
      ['x', '1.5', 'true', undefined],
      [null, undefined, undefined, undefined],
    ]);
    expect(lines).toEqual([1, 3]);
  });

  test('looks inside by dots, unless the whole name is there', () => {
    expect(split('{"a":{"b":1},"a.c":2}', ['a.b', 'a.c', 'a.b.x']).records).toEqual([['1', '2', undefined]]);
  });

  test('keeps every digit of a long number, and leaves long digits in texts alone', () => {
    const { records } = split('{"a":12345678901234567890.123,"b":"12345678901234567890"}', ['a', 'b']);
    expect(records).toEqual([['12345678901234567890.123', '12345678901234567890']]);
  });

  test.each(['{"a":', '[1]', '7', 'null', '"x"'])('finds fault with %s', (text) => {
    expect(split(`${text}\n{"a":1}`, ['a']).records).toEqual([expect.any(Fault), ['1']]);
  });
});
