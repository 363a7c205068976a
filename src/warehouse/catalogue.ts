// The catalogue of the warehouse: its models, tables, columns and relations, as the Prisma schema states them.

import { generatedCatalogue } from '../../prisma/generated/catalogue.js';

export type ColumnType =
  | 'String'
  | 'Int'
  | 'BigInt'
  | 'Float'
  | 'Decimal'
  | 'DateTime'
  | 'Boolean'
  | 'Json'
  | 'Bytes'
  | 'Enum';

export interface Column {
  /** The name of the field in the Prisma schema. */
  readonly name: string;
  /** The name of the column in the table. */
  readonly column: string;
  readonly type: ColumnType;
  /** The Prisma name of the enum, for a column of type Enum. */
  readonly enumName?: string;
  /** The native type, such as `Decimal` with the arguments `["12", "3"]`. */
  readonly nativeType?: string;
  readonly nativeArgs?: readonly string[];
  readonly nullable: boolean;
  readonly hasDefault: boolean;
  readonly description: string | null;
}

export interface Relation {
  readonly name: string;
  /** The name of the model that the relation leads to. */
  readonly model: string;
  /** True when the relation leads to many rows. */
  readonly list: boolean;
  readonly nullable: boolean;
  /** Fields of this model and, at the same places, the fields of the other model that they equal. */
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** True when the foreign key stands in this model. */
  readonly owns: boolean;
  readonly description: string | null;
}

export interface Model {
  readonly name: string;
  readonly table: string;
  readonly description: string | null;
  readonly primaryKey: readonly string[];
  /** The keys by which the world outside knows a row, such as `["source", "invoice", "line"]`. */
  readonly uniqueKeys: readonly (readonly string[])[];
  readonly columns: readonly Column[];
  readonly relations: readonly Relation[];
}

export interface EnumValue {
  readonly name: string;
  /** How the database writes the value. */
  readonly label: string;
  readonly description: string | null;
}

export interface EnumType {
  readonly name: string;
  /** The name of the type in the database. */
  readonly type: string;
  readonly description: string | null;
  readonly values: readonly EnumValue[];
}

export interface Catalogue {
  readonly models: readonly Model[];
  readonly enums: readonly EnumType[];
  /** The model of that name; a name that does not exist is a bug and throws. */
  model(name: string): Model;
  enumType(name: string): EnumType;
}

function byName<T extends { readonly name: string }>(items: readonly T[], what: string): (name: string) => T {
  const index = new Map(items.map((item) => [item.name, item]));
  return (name) => {
    const found = index.get(name);
    if (!found) throw new Error(`The Prisma schema has no ${what} named ${name}.`);
    return found;
  };
}

/** Builds the lookups over a list of models and enums. */
export function createCatalogue(models: readonly Model[], enums: readonly EnumType[]): Catalogue {
  return { models, enums, model: byName(models, 'model'), enumType: byName(enums, 'enum') };
}

/** The catalogue of our own warehouse. */
export const catalogue: Catalogue = createCatalogue(generatedCatalogue.models, generatedCatalogue.enums);

const fieldIndexes = new WeakMap<Model, Map<string, Column | Relation>>();

function fieldOf(model: Model, name: string): Column | Relation | undefined {
  let index = fieldIndexes.get(model);
  if (!index) {
    index = new Map([...model.columns, ...model.relations].map((field) => [field.name, field]));
    fieldIndexes.set(model, index);
  }
  return index.get(name);
}

function isColumn(field: Column | Relation): field is Column {
  return 'column' in field;
}

/** The column of that field, or undefined when the model has none of that name. */
export function findColumn(model: Model, name: string): Column | undefined {
  const field = fieldOf(model, name);
  return field && isColumn(field) ? field : undefined;
}

/** The relation of that name, or undefined when the model has none. */
export function findRelation(model: Model, name: string): Relation | undefined {
  const field = fieldOf(model, name);
  return field && !isColumn(field) ? field : undefined;
}

/** The column of that field; a name that does not exist is a bug and throws. */
export function columnOf(model: Model, name: string): Column {
  const column = findColumn(model, name);
  if (!column) throw new Error(`The model ${model.name} has no column field named ${name}.`);
  return column;
}

/** The relation of that name; a name that does not exist is a bug and throws. */
export function relationOf(model: Model, name: string): Relation {
  const relation = findRelation(model, name);
  if (!relation) throw new Error(`The model ${model.name} has no relation named ${name}.`);
  return relation;
}
