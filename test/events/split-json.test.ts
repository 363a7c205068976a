// Bytes of several events are taken apart at the right places.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isList, splitLines, splitList } from '../../src/events/split-json.js';

const texts = (parts: readonly Buffer[] | string) =>
  typeof parts === 'string' ? parts : parts.map((part) => part.toString().trim());

describe('a list', () => {
  it('gives its elements, whatever they hold', () => {
    fc.assert(
      fc.property(fc.array(fc.json()), fc.constantFrom('', ' ', '\n\t'), (elements, space) => {
        const body = Buffer.from(`${space}[${space}${elements.join(`${space},${space}`)}${space}]${space}`);
        expect(isList(body)).toBe(true);
        const parts = splitList(body);
        if (typeof parts === 'string') throw new Error(parts);
        expect(parts.map((part) => JSON.parse(part.toString()))).toEqual(
          elements.map((text) => JSON.parse(text)),
        );
      }),
      { numRuns: 500, seed: 4 },
    );
  });

  it('lets what is wrong in an element spoil no other', () => {
    expect(texts(splitList(Buffer.from('[{"a":1}, nonsense, {"b":"]\\\\\\""}, ]')))).toEqual([
      '{"a":1}',
      'nonsense',
      '{"b":"]\\\\\\""}',
      '',
    ]);
  });

  it('says what is wrong with the whole', () => {
    expect(texts(splitList(Buffer.from('{}')))).toBe('The body is no JSON list.');
    expect(texts(splitList(Buffer.from('[{}')))).toContain('no end');
    expect(texts(splitList(Buffer.from('["a')))).toContain('no end');
    expect(texts(splitList(Buffer.from('[]]')))).toContain('Something follows');
    expect(texts(splitList(Buffer.from('[1] [2]')))).toContain('Something follows');
    expect(texts(splitList(Buffer.from('\ufeff[ ]')))).toEqual([]);
    expect(isList(Buffer.from(''))).toBe(false);
  });
});

describe('lines', () => {
  it('are split at their ends, empty ones left out', () => {
    expect(texts(splitLines(Buffer.from('\ufeff{"a":1}\r\n\n  \n{"b":"\\n"}\n{"c":1}')))).toEqual([
      '{"a":1}',
      '{"b":"\\n"}',
      '{"c":1}',
    ]);
    expect(texts(splitLines(Buffer.from('')))).toEqual([]);
  });
});
