// Generates typed documents from graphql/operations with GraphQL Code Generator's client preset.

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { preset } from '@graphql-codegen/client-preset';
import { codegen } from '@graphql-codegen/core';
import { buildSchema, parse } from 'graphql';

const folder = import.meta.dirname;
const graphqlFolder = join(folder, '..', '..', 'graphql');
const generatedFolder = join(folder, 'generated');

const schemaText = readFileSync(join(graphqlFolder, 'schema.graphql'), 'utf8');
const operationsFolder = join(graphqlFolder, 'operations');
const documents = readdirSync(operationsFolder)
  .filter((name) => name.endsWith('.graphql'))
  .sort()
  .map((name) => {
    const location = join(operationsFolder, name);
    const rawSDL = readFileSync(location, 'utf8');
    return { location, rawSDL, document: parse(rawSDL) };
  });

const sections = await preset.buildGeneratesSection({
  baseOutputDir: `${generatedFolder}/`,
  schema: parse(schemaText),
  schemaAst: buildSchema(schemaText),
  documents,
  config: {
    scalars: { DateTime: 'string', Decimal: { input: 'number | string', output: 'number' } },
    useTypeImports: true,
    enumsAsTypes: true,
    emitLegacyCommonJSImports: false,
  },
  presetConfig: { fragmentMasking: false },
  plugins: [],
  pluginMap: {},
});

rmSync(generatedFolder, { recursive: true, force: true });
for (const section of sections) {
  mkdirSync(dirname(section.filename), { recursive: true });
  writeFileSync(section.filename, await codegen(section));
}
