// What a load is to do, once its mapping has been held against the catalogue.

import type { Catalogue, Column, Model, Relation } from '../catalogue.js';
import type { Converter } from './convert.js';
import type { ColumnSpec, Mapping } from './mapping.js';

/** Where the value of an output comes from. */
export type Origin =
  | {
      readonly kind: 'column';
      readonly spec: ColumnSpec;
      readonly nulls: readonly string[];
      readonly convert: Converter;
    }
  | { readonly kind: 'constant'; readonly text: string }
  | { readonly kind: 'rowNumber' }
  | {
      readonly kind: 'multiply' | 'divide';
      readonly left: number;
      readonly right: number;
      readonly precision: number;
      readonly scale: number;
    }
  | { readonly kind: 'dayOf'; readonly of: number }
  | { readonly kind: 'place' };

/** One column of the target table that the load writes. */
export interface Output {
  readonly field: string;
  readonly column: Column;
  readonly required: boolean;
  readonly origin: Origin;
  /** For a foreign key: the place of its dimension in `dimensions`; the origin then gives the natural key. */
  readonly dimension: number | undefined;
}

/** A model that rows of the file point at. */
export interface Dimension {
  readonly model: Model;
  /** The column that files name a member by. */
  readonly key: Column;
  /** The column that foreign keys hold. */
  readonly id: Column;
  /** Columns that an unknown member would need besides its key; when there are any, none can be created. */
  readonly needed: readonly string[];
  /** True for the calendar, whose members follow from the date alone. */
  readonly calendar: boolean;
}

/** A text of a dimension's member that facts name, such as a product's name: the most frequent one counts. */
export interface Vote {
  readonly output: number;
  readonly dimension: number;
  readonly column: Column;
  readonly field: string;
  readonly origin: Origin;
}

/** A relation of a dimension's member that follows its latest fact, such as a customer's region. */
export interface Latest {
  readonly dimension: number;
  readonly field: string;
  /** The foreign key in the dimension's table. */
  readonly target: Column;
  /** The foreign keys in the fact table: the member, and what it takes over. */
  readonly member: Column;
  readonly taken: Column;
  readonly time: Column;
}

/** How the rows of a fact hang together: a file replaces groups (such as invoices) as a whole. */
export interface FactShape {
  readonly group: readonly string[];
  /** The column that counts the rows of a group, or undefined when the file says it itself (or there is none). */
  readonly place: string | undefined;
}

export interface LoadPlan {
  readonly mapping: Mapping;
  readonly catalogue: Catalogue;
  readonly model: Model;
  readonly source: string | undefined;
  readonly inputs: readonly string[];
  readonly outputs: readonly Output[];
  readonly dimensions: readonly Dimension[];
  readonly votes: readonly Vote[];
  readonly latest: readonly Latest[];
  /** Columns of the natural key, as the table names them. */
  readonly key: readonly string[];
  readonly fact: FactShape | undefined;
}

/**
 * The fields by which the world outside knows a row of the model: its first unique key that no default fills, else
 * its primary key; undefined when there is neither.
 */
export function naturalKey(model: Model): readonly string[] | undefined {
  const filled = (key: readonly string[]) =>
    key.length > 0 &&
    key.every((name) => model.columns.find((column) => column.name === name)?.hasDefault === false);
  return [...model.uniqueKeys, model.primaryKey].find(filled);
}

/** The relation whose foreign key is that one column, if any. */
export function relationFrom(model: Model, field: string): Relation | undefined {
  return model.relations.find(
    (relation) => relation.owns && relation.from.length === 1 && relation.from[0] === field,
  );
}

const assignedFields: Readonly<Record<string, readonly string[]>> = { Customer: ['segment'] };

/** Whether the program works the field out itself, from the facts and again and again, so that no file states it. */
export function isAssigned(model: Model, field: string): boolean {
  return assignedFields[model.name]?.includes(field) ?? false;
}

/** The calendar is ours: its days can be worked out, so no file needs to bring them. */
export function isCalendar(model: Model): boolean {
  return model.name === 'CalendarDay';
}
