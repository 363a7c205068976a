// Holds that the documents of graphql/operations fit the schema and run as they are, without any variable.

import { type DocumentNode, Kind, parse, specifiedRules, validate } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadSchema } from '../../graphql/schema.js';
import { readOperations } from '../support/operations.js';

describe.each(readOperations())('$name', ({ name, text }) => {
  let document: DocumentNode;
  beforeAll(() => {
    document = parse(text);
  });

  it('is valid', async () => {
    const errors = validate(await loadSchema(), document, specifiedRules);
    expect(errors.map(({ message }) => message)).toEqual([]);
  });

  it('holds one operation of its own name, whose variables all may be left out', () => {
    const operations = document.definitions.flatMap((definition) =>
      definition.kind === Kind.OPERATION_DEFINITION ? [definition] : [],
    );
    expect(operations.map((operation) => operation.name?.value)).toEqual([name]);
    const required = operations
      .flatMap(({ variableDefinitions = [] }) => variableDefinitions)
      .filter(({ type, defaultValue }) => type.kind === Kind.NON_NULL_TYPE && defaultValue === undefined);
    expect(required).toEqual([]);
  });

  it('begins with a comment that asks a question', () => {
    expect(text).toMatch(/^(# .*\n)*# .*\?/);
  });
});
