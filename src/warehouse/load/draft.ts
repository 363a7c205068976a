// A plan while it is being made: what has been understood of the mapping so far, and every fault found.

import type { Catalogue, Column, Model } from '../catalogue.js';
import type { Mapping } from './mapping.js';
import {
  type Dimension,
  isAssigned,
  type Latest,
  naturalKey,
  type Output,
  relationFrom,
  type Vote,
} from './plan.js';

export interface Draft {
  readonly mapping: Mapping;
  readonly catalogue: Catalogue;
  readonly model: Model;
  /** The fields of the model's natural key; none when it has no such key. */
  readonly key: readonly string[];
  readonly outputs: Output[];
  readonly dimensions: Dimension[];
  readonly votes: Vote[];
  readonly latest: Latest[];
  readonly inputs: Set<string>;
  readonly faults: string[];
}

/** Nothing understood yet. */
export function createDraft(mapping: Mapping, catalogue: Catalogue, model: Model): Draft {
  return {
    mapping,
    catalogue,
    model,
    key: naturalKey(model) ?? [],
    outputs: [],
    dimensions: [],
    votes: [],
    latest: [],
    inputs: new Set(),
    faults: [],
  };
}

/** Notes a fault and where in the mapping it is; gives undefined, so that a caller can return it. */
export function fault(draft: Draft, place: string, text: string): undefined {
  draft.faults.push(`${place}: ${text}`);
}

/** The dimension that the output of that field points at, and its place among the dimensions. */
export function dimensionOf(
  draft: Draft,
  field: string,
): { index: number; dimension: Dimension } | undefined {
  const index = draft.outputs.find((output) => output.field === field)?.dimension;
  const dimension = index === undefined ? undefined : draft.dimensions[index];
  return index === undefined || !dimension ? undefined : { index, dimension };
}

/** A primary key that the database counts up by itself. */
export function isGiven(draft: Draft, column: Column): boolean {
  return (
    draft.model.primaryKey.includes(column.name) && column.hasDefault && !draft.key.includes(column.name)
  );
}

/** The date that says when a fact happened: its first that is required, else its first. */
export function timeColumn(draft: Draft): Column | undefined {
  const dates = draft.outputs.map((output) => output.column).filter((column) => column.type === 'DateTime');
  return dates.find((column) => !column.nullable) ?? dates[0];
}

/** The fields that a mapping of this model can name. */
export function fieldNames(draft: Draft): string[] {
  const { model } = draft;
  const columns = model.columns.filter(
    (column) =>
      !relationFrom(model, column.name) && !isGiven(draft, column) && !isAssigned(model, column.name),
  );
  const relations = model.relations.filter((relation) => relation.owns);
  return [...columns, ...relations].map((field) => field.name);
}
