// Writes the catalogue of the warehouse (models, tables, columns, relations, descriptions) from
// the Prisma schema, so that reads, loaders and reports follow the schema without a second list.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import generatorHelper from '@prisma/generator-helper';

const { generatorHandler } = generatorHelper;

function columnOf(field) {
  return {
    name: field.name,
    column: field.dbName ?? field.name,
    type: field.kind === 'enum' ? 'Enum' : field.type,
    ...(field.kind === 'enum' ? { enumName: field.type } : {}),
    ...(field.nativeType ? { nativeType: field.nativeType[0], nativeArgs: field.nativeType[1] } : {}),
    nullable: !field.isRequired,
    hasDefault: field.hasDefaultValue,
    description: field.documentation ?? null,
  };
}

function relationOf(field, models) {
  const target = models.find((candidate) => candidate.name === field.type);
  const back = target.fields.find(
    (candidate) => candidate.relationName === field.relationName && candidate !== field,
  );
  const owns = field.relationFromFields.length > 0;
  return {
    name: field.name,
    model: field.type,
    list: field.isList,
    nullable: !field.isRequired,
    from: owns ? field.relationFromFields : back.relationToFields,
    to: owns ? field.relationToFields : back.relationFromFields,
    owns,
    description: field.documentation ?? null,
  };
}

function modelOf(model, models) {
  const scalars = model.fields.filter((field) => field.kind !== 'object');
  const idFields = scalars.filter((field) => field.isId).map((field) => field.name);
  return {
    name: model.name,
    table: model.dbName ?? model.name,
    description: model.documentation ?? null,
    primaryKey: model.primaryKey?.fields ?? idFields,
    uniqueKeys: [
      ...scalars.filter((field) => field.isUnique).map((field) => [field.name]),
      ...model.uniqueFields,
    ],
    columns: scalars.map(columnOf),
    relations: model.fields
      .filter((field) => field.kind === 'object')
      .map((field) => relationOf(field, models)),
  };
}

generatorHandler({
  onManifest: () => ({ defaultOutput: './generated/catalogue.ts', prettyName: 'Warehouse catalogue' }),
  onGenerate: async ({ dmmf, generator }) => {
    const { models, enums } = dmmf.datamodel;
    const catalogue = {
      models: models.map((model) => modelOf(model, models)),
      enums: enums.map((item) => ({
        name: item.name,
        type: item.dbName ?? item.name,
        description: item.documentation ?? null,
        values: item.values.map((value) => ({
          name: value.name,
          label: value.dbName ?? value.name,
          description: value.documentation ?? null,
        })),
      })),
    };
    mkdirSync(dirname(generator.output.value), { recursive: true });
    writeFileSync(
      generator.output.value,
      `// Written by prisma generate; do not edit.\nexport const generatedCatalogue = ${JSON.stringify(catalogue, null, 2)} as const;\n`,
    );
  },
});
