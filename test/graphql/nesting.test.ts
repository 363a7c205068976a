// Holds that deep input values are refused by a sentence, whatever their depth, and that those of use are not.

import { buildSchema, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { checkVariableNesting, valueNestingRule } from '../../graphql/nesting.js';

const schema = buildSchema('input F { AND: [F!] some: F every: F a: Int } type Query { x(f: F): Int }');

function deep(key: string, times: number): unknown {
  let value: unknown = { a: 1 };
  for (let count = 0; count < times; count += 1) value = key === 'AND' ? { AND: [value] } : { [key]: value };
  return value;
}

/** An object as GraphQL writes it, without calling itself. */
function literal(key: string, times: number): string {
  const [open, close] = key === 'AND' ? ['{AND:[', ']}'] : [`{${key}:`, '}'];
  return `${open.repeat(times)}{a:1}${close.repeat(times)}`;
}

function faultsOf(value: string): string[] {
  const document = parse(`query($f: F = ${value}) { x(f: ${value}) y: x(f: $f) }`);
  return validate(schema, document, [valueNestingRule]).map(({ message }) => message);
}

describe('the nesting of input values', () => {
  it.each([
    ['AND', 9],
    ['some', 3],
    ['every', 3],
  ])('lets %s through %d times', (key, times) => {
    expect(() => checkVariableNesting({ f: deep(key, times) })).not.toThrow();
    expect(faultsOf(literal(key, times))).toEqual([]);
  });

  it.each([
    ['AND', 10, 'levels deep'],
    ['AND', 300, 'levels deep'],
    ['some', 4, 'some, none and every'],
    ['every', 300, 'some, none and every'],
  ])('refuses %s %d times', (key, times, said) => {
    expect(() => checkVariableNesting({ f: deep(key, times) })).toThrow(said);
    expect(faultsOf(literal(key, times))).toEqual([
      expect.stringContaining(said),
      expect.stringContaining(said),
    ]);
  });

  it('is measured without end of the stack', () => {
    expect(() => checkVariableNesting({ f: deep('AND', 200_000) })).toThrow('levels deep');
  });

  it('lets 500 conditions stand side by side, in however many ANDs and ORs', () => {
    const many = (count: number) => Array.from({ length: count }, () => ({ a: 1 }));
    expect(() => checkVariableNesting({ f: { AND: many(500) } })).not.toThrow();
    expect(() => checkVariableNesting({ f: { AND: many(501) } })).toThrow('500 conditions');
    expect(() => checkVariableNesting({ f: { AND: [{ OR: many(250) }, { OR: many(249) }] } })).toThrow(
      '500 conditions',
    );
    expect(faultsOf(`{AND:[${'{a:1}'.repeat(501)}]}`)).toHaveLength(2);
  });

  it('counts every comparison in them', () => {
    const compared = { a: { equals: 1, lt: 2, gt: 0, not: 3, in: [1, 2, 3] } };
    const many = (count: number) => Array.from({ length: count }, () => compared);
    expect(() => checkVariableNesting({ f: { AND: many(100) } })).not.toThrow();
    expect(() => checkVariableNesting({ f: { AND: many(101) } })).toThrow('500 conditions');
    expect(() => checkVariableNesting({ f: { NOT: { OR: many(101) } } })).toThrow('500 conditions');
  });

  it('says nothing of lists of value', () => {
    expect(() =>
      checkVariableNesting({ f: { in: Array.from({ length: 50_000 }, (_, n) => n) } }),
    ).not.toThrow();
  });
});
