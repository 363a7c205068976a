import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createCsvSplitter } from '../../../src/warehouse/load/csv.js';
import { Fault } from '../../../src/warehouse/load/fault.js';
import type { RecordBatch } from '../../../src/warehouse/load/records.js';

function split(pieces: readonly string[], options = { delimiter: ',', quote: '"' }): RecordBatch {
  const splitter = createCsvSplitter(options);
  const batch: RecordBatch = { records: [], lines: [] };
  for (const piece of pieces) splitter.push(piece, batch);
  splitter.end(batch);
  return batch;
}

const field = fc.string({
  unit: fc.constantFrom('a', 'é', '😀', ',', '"', '\n', '\r\n', ' ', ';'),
  maxLength: 8,
});
// A record of one empty field is a blank line, which is no record.
const record = fc.array(field, { minLength: 1, maxLength: 5 }).filter((fields) => fields.join('') !== '');
const quoteAll = (fields: readonly string[]) =>
  fields.map((text) => `"${text.replaceAll('"', '""')}"`).join(',');

describe('createCsvSplitter', () => {
  test('gives back every record and its line, however the text is cut into pieces', () => {
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 8 }),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        fc.array(fc.nat(60), { maxLength: 5 }),
        (records, lineEnd, endsInLineEnd, cuts) => {
          const text = records.map(quoteAll).join(lineEnd) + (endsInLineEnd ? lineEnd : '');
          const marks = [0, ...cuts.filter((cut) => cut < text.length).sort((a, b) => a - b), text.length];
          const pieces = marks.slice(1).map((mark, index) => text.slice(marks[index], mark));
          const batch = split(pieces);
          expect(batch.records).toEqual(records);
          let line = 1;
          const lines = records.map((fields) => {
            const begins = line;
            line += quoteAll(fields).split('\n').length;
            return begins;
          });
          expect(batch.lines).toEqual(lines);
        },
      ),
    );
  });

  test('takes an unquoted quote as it is, passes over blank lines, and counts them', () => {
    expect(split(['a,5" pipe\n\n\r\nb,c'])).toEqual({
      records: [
        ['a', '5" pipe'],
        ['b', 'c'],
      ],
      lines: [1, 4],
    });
  });

  test('spoils only the record in which something follows a closing quote', () => {
    const { records } = split(['a,"b"c\nd,e\n']);
    expect(records[0]).toBeInstanceOf(Fault);
    expect(records[1]).toEqual(['d', 'e']);
  });

  test('splits by another delimiter and quote', () => {
    expect(split(["a;'b;c'\n"], { delimiter: ';', quote: "'" }).records).toEqual([['a', 'b;c']]);
  });

  test('names the line of a quote that never closes', () => {
    expect(() => split(['a,b\nc,"d\ne,f\n'])).toThrow(/line 2 opens a "/);
  });

  test('stops at a record that is longer than it may be, whatever comes after', () => {
    const splitter = createCsvSplitter({ delimiter: ',', quote: '"' });
    const piece = 'x'.repeat(262_144);
    let pushed = 0;
    expect(() => {
      for (; pushed < 100; pushed += 1) splitter.push(piece, { records: [], lines: [] });
    }).toThrow(/line 1 is longer than 1 MiB/);
    expect(pushed).toBeLessThan(6);
  });
});
