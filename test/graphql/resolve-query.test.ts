// Queries through their resolvers: the results, the errors and the calls that graphql-js makes of them.

import * as fc from 'fast-check';
import {
  buildSchema,
  type ExecutionResult,
  execute,
  type GraphQLFieldResolver,
  getVariableValues,
  isObjectType,
  Kind,
  parse,
} from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { resolveQuery } from '../../graphql/resolve-query.js';

const schema = buildSchema(`
  interface Named { name: String }
  type Query { item: Item later: Item none: Item! many(first: Int = 5): [Item] strict: [Item!]! named: Named }
  type Item {
    name: String sure: String! sum(add: Int = 1, more: [Int!]): Int parent: Item numbers: [Int!]
    late: String lateSure: String! bad: String error: String noInt: Int noList: [String] property: Int
  }
`);

interface Item {
  readonly id: number;
  readonly property: number;
}

const item = (id: number): Item => ({ id, property: id * 2 });
const many = (first: number) =>
  Array.from({ length: first }, (_, id) => {
    if (id === 3) return null;
    return id === 4 ? Promise.resolve(item(id)) : item(id);
  });

/** By the name of the field: what makes its value. `property` has no resolver. */
const resolvers: Readonly<Record<string, (source: Item, args: Record<string, unknown>) => unknown>> = {
  item: () => item(1),
  later: async () => item(6),
  none: () => null,
  many: (_, { first }) => many(Number(first)),
  // Where an item fails at once, graphql-js hears no more of those before it that fail later: here none does.
  strict: async () => [item(0), item(1), item(2)],
  name: ({ id }) => `item ${id}`,
  sure: ({ id }) => (id % 3 === 2 ? null : 'sure'),
  sum: ({ id }, { add, more }) => id + Number(add) + Number(Array.isArray(more) ? more.length : 0),
  parent: ({ id }) => (id > 0 ? item(id - 1) : null),
  numbers: ({ id }) => (id % 2 === 0 ? [1, 2] : [1, null]),
  late: async ({ id }) => `late ${id}`,
  lateSure: async ({ id }) => {
    if (id % 4 === 2) throw new Error(`late fault ${id}`);
    return 'late';
  },
  bad: ({ id }) => {
    throw new Error(`fault ${id}`);
  },
  error: () => new Error('given back'),
  noInt: () => 'text',
  noList: () => 'text',
};

let calls: string[] = [];

/** Gives the fields their resolvers, which take the info, as those of Pothos' plugins do, or leave it, as most of ours do. */
function install(takesInfo: boolean): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      const resolve = resolvers[field.name];
      if (resolve === undefined) continue;
      const plain: GraphQLFieldResolver<Item, unknown> = (source, args, context) => {
        calls.push(JSON.stringify([type.name, field.name, source, args, context]));
        return resolve(source, args);
      };
      const informed: typeof plain = (
        source,
        args,
        context,
        { path, fieldName, returnType, variableValues },
      ) => {
        const at: unknown[] = [];
        for (let part: typeof path | undefined = path; part; part = part.prev)
          at.unshift(part.key, part.typename);
        calls.push(JSON.stringify([at, fieldName, String(returnType), args, context, variableValues]));
        return resolve(source, args);
      };
      field.resolve = takesInfo ? informed : plain;
    }
  }
}

async function both(query: string, raw: Record<string, unknown> = {}) {
  const document = parse(query);
  const operation = document.definitions.find((each) => each.kind === Kind.OPERATION_DEFINITION);
  if (operation === undefined) throw new Error('The document has no operation.');
  const { coerced = {} } = getVariableValues(schema, operation.variableDefinitions ?? [], raw);
  const context = 'the context';
  calls = [];
  const expected = await execute({ schema, document, variableValues: raw, contextValue: context });
  const callsExpected = calls;
  calls = [];
  const result = await resolveQuery({ schema, document, operation, variables: coerced, context });
  return { expected, callsExpected, result, calls };
}

async function expectSame(query: string, raw?: Record<string, unknown>) {
  const { expected, callsExpected, result, calls: made } = await both(query, raw);
  expect(JSON.stringify(result?.data), query).toBe(JSON.stringify(expected.data));
  expect(nullsOf(result), query).toEqual(nullsOf(expected));
  expect(made.sort(), query).toEqual(callsExpected.sort());
}

/**
 * The nulls that errors have made, each by its path. Of what fails later beneath one null, the first to fail is told, and
 * which one that is is nobody's promise.
 */
function nullsOf({ data, errors = [] }: Partial<ExecutionResult> = {}): string[] {
  const nulls = errors.map(({ path = [] }) => {
    let value: unknown = data;
    const place = path.findIndex((key) => {
      if (value === null) return true;
      value = Reflect.get(Object(value), key);
      return false;
    });
    return JSON.stringify(place < 0 ? path : path.slice(0, place));
  });
  return [...new Set(nulls)].sort();
}

describe.each([
  { takesInfo: true, whose: 'that take the info' },
  { takesInfo: false, whose: 'that leave the info' },
])('a query through resolvers $whose', ({ takesInfo }) => {
  beforeAll(() => install(takesInfo));

  it.each([
    '{ item { id: name name sum sum2: sum(add: 5, more: [1, 2]) property } }',
    '{ item { ...part parent { ...part } } later { __typename ...part } } fragment part on Item { name late }',
    '{ many { name numbers parent { sure } } }',
    '{ many(first: 4) { lateSure bad } strict { name } }',
    '{ item { name } none { name } }',
    '{ item { error noInt noList sure } late: later { lateSure } }',
  ])('is answered as by graphql-js: %s', (query) => expectSame(query));

  it('minds variables, their defaults, and what they include', async () => {
    const query = `query ($first: Int = 2, $add: Int, $with: Boolean!) {
      many(first: $first) { sum(add: $add) late @include(if: $with) name @skip(if: $with) } }`;
    await expectSame(query, { with: true });
    await expectSame(query, { with: false, first: 4, add: 10 });
  });

  it('is answered as by graphql-js, whatever it asks and whatever fails of it', async () => {
    const leaves = [
      'name',
      'sure',
      'sum',
      'sum(add: 3)',
      'numbers',
      'late',
      'lateSure',
      'bad',
      'error',
      'noInt',
    ];
    const { item: ofItem } = fc.letrec<{ item: string }>((tie) => ({
      item: fc
        .array(
          fc.oneof(
            { depthSize: 'small' },
            fc.constantFrom(...leaves.map((leaf, place) => `f${place}: ${leaf}`), '__typename', 'property'),
            tie('item').map((inner) => `parent ${inner}`),
          ),
          { minLength: 1, maxLength: 4 },
        )
        .map((fields) => `{ ${fields.join(' ')} }`),
    }));
    const root = fc.tuple(
      fc.constantFrom('item', 'later', 'none', 'many', 'many(first: 3)', 'strict'),
      ofItem,
    );
    const query = fc
      .array(root, { minLength: 1, maxLength: 3 })
      .map(
        (fields) => `{ ${fields.map(([field, inner], place) => `r${place}: ${field} ${inner}`).join(' ')} }`,
      );
    await fc.assert(
      fc.asyncProperty(query, (text) => expectSame(text)),
      { numRuns: 500 },
    );
  });

  it.each(['{ named { name } }', '{ __schema { queryType { name } } }', '{ item { __proto__: name } }'])(
    'leaves what it has no way for, and calls nothing: %s',
    async (query) => {
      const { result, calls: made } = await both(query);
      expect({ result, made }).toEqual({ result: undefined, made: [] });
    },
  );
});
