// Holds a mapping against the catalogue: a plan, or every fault of it at once.

import { didYouMean } from '../../core/suggest.js';
import { type Catalogue, type Column, columnOf, findColumn, findRelation } from '../catalogue.js';
import { addAttribute } from './attributes.js';
import { modelDefaults } from './built-in-mappings.js';
import { createDraft, type Draft, fault, fieldNames, isGiven, timeColumn } from './draft.js';
import type { FieldSpec, Mapping } from './mapping.js';
import { checkReading, originOf, withOwnCodes } from './origins.js';
import { type FactShape, isAssigned, isCalendar, type LoadPlan, naturalKey, relationFrom } from './plan.js';
import { isEncoding } from './read-text.js';

export type PlanResult =
  | { readonly ok: true; readonly plan: LoadPlan }
  | { readonly ok: false; readonly faults: readonly string[] };

/** The plan of a mapping; each fault says which setting it is in and what is allowed there. */
export function planLoad(mapping: Mapping, catalogue: Catalogue): PlanResult {
  const model = catalogue.models.find((candidate) => candidate.name === mapping.model);
  if (!model) {
    const names = catalogue.models.map((candidate) => candidate.name);
    const hint = didYouMean(mapping.model, names);
    return {
      ok: false,
      faults: [`model: there is no model "${mapping.model}".${hint} There are: ${names.join(', ')}.`],
    };
  }
  const draft = createDraft(mapping, catalogue, model);
  if (draft.key.length === 0) {
    fault(
      draft,
      'model',
      `rows of ${model.name} cannot be recognised again; give it a key such as @@unique([source, number]).`,
    );
  }
  if (mapping.encoding !== undefined && !isEncoding(mapping.encoding)) {
    fault(
      draft,
      'encoding',
      `"${mapping.encoding}" is not known; use utf-8, windows-1252, utf-16le or another of the WHATWG list.`,
    );
  }
  checkReading(draft, '', mapping);
  checkCodes(draft);
  const fields = fieldsWithDefaults(draft);
  for (const [name, spec] of fields) if (!name.includes('.')) addField(draft, name, spec, fields);
  addCalendar(draft, fields);
  const fact = factShape(draft);
  for (const [name, spec] of fields) if (name.includes('.')) addAttribute(draft, name, spec);
  checkRequired(draft);
  if (draft.faults.length > 0) return { ok: false, faults: draft.faults };
  const { outputs, dimensions, votes, latest } = draft;
  const key = draft.key.map((name) => columnOf(model, name).column);
  const inputs = [...draft.inputs];
  return {
    ok: true,
    plan: {
      mapping,
      catalogue,
      model,
      source: mapping.source,
      inputs,
      outputs,
      dimensions,
      votes,
      latest,
      key,
      fact,
    },
  };
}

/** Fields in an order in which each comes after those it is computed from. */
function fieldsWithDefaults(draft: Draft): ReadonlyMap<string, FieldSpec> {
  const { mapping, model } = draft;
  const fields = new Map(
    Object.entries(mapping.fields).map(([name, spec]) => [shortName(draft, name), spec]),
  );
  const given = [...fields.keys()];
  for (const { field, spec, when = [] } of modelDefaults[model.name] ?? []) {
    if (when.every((name) => given.includes(name)) && !fields.has(field)) fields.set(field, spec);
  }
  if (mapping.source !== undefined && findColumn(model, 'source') && !fields.has('source')) {
    fields.set('source', { kind: 'value', value: mapping.source });
  }
  const computed = (spec: FieldSpec) => Number(['multiply', 'divide', 'dayOf'].includes(spec.kind));
  return new Map([...fields].sort(([, a], [, b]) => computed(a) - computed(b)));
}

/** `product.code` says the same as `product`, when `code` is what products are named by. */
function shortName({ catalogue, model }: Draft, name: string): string {
  const [relationName = '', attribute] = name.split('.');
  const relation = findRelation(model, relationName);
  if (!relation || attribute === undefined) return name;
  const key = naturalKey(catalogue.model(relation.model));
  return key?.length === 1 && key[0] === attribute ? relationName : name;
}

function addField(draft: Draft, name: string, spec: FieldSpec, fields: ReadonlyMap<string, FieldSpec>): void {
  const { model } = draft;
  const place = `fields.${name}`;
  const column = findColumn(model, name);
  const relation = findRelation(model, name);
  const behind = column && relationFrom(model, name);
  const from = relation?.owns && relation.from.length === 1 ? relation.from[0] : undefined;
  if (behind) {
    fault(draft, place, `name the relation "${behind.name}" instead; the loader finds the number.`);
  } else if (column && isGiven(draft, column)) {
    fault(draft, place, 'the database counts this number itself; leave it out.');
  } else if (column && isAssigned(model, name)) {
    fault(draft, place, 'the program works this out itself, from sales and events; leave it out.');
  } else if (column) {
    addOutput(draft, name, column, spec, undefined);
  } else if (relation && from !== undefined) {
    const dimension = addDimension(draft, relation.model, relation.to[0] ?? '', place);
    if (dimension !== undefined) addOutput(draft, name, columnOf(model, from), spec, dimension);
  } else {
    const allowed = fieldNames(draft);
    const free = allowed.filter((field) => !fields.has(field)).join(', ');
    fault(
      draft,
      place,
      `${model.name} has no such field.${didYouMean(name, allowed)} Fields that are still free: ${free || 'none'}.`,
    );
  }
}

function addOutput(
  draft: Draft,
  field: string,
  column: Column,
  spec: FieldSpec,
  dimension: number | undefined,
): void {
  const key = dimension === undefined ? undefined : draft.dimensions[dimension]?.key;
  const indexed = key !== undefined || draft.key.includes(column.name);
  const origin = originOf(draft, field, spec, key ?? column, indexed);
  if (!origin) return;
  const required = !column.nullable && !column.hasDefault;
  draft.outputs.push({ field, column, required, origin: withOwnCodes(draft, field, origin, key), dimension });
}

/** The place of the model among the dimensions; undefined (and a fault) when its members cannot be named by one value. */
function addDimension(draft: Draft, modelName: string, idField: string, place: string): number | undefined {
  const known = draft.dimensions.findIndex((dimension) => dimension.model.name === modelName);
  if (known >= 0) return known;
  const model = draft.catalogue.model(modelName);
  const [keyField, ...others] = naturalKey(model) ?? [];
  if (keyField === undefined || others.length > 0) {
    return fault(draft, place, `a row of ${modelName} cannot be named by one value; give it a unique code.`);
  }
  const calendar = isCalendar(model);
  const needed = model.columns.filter(
    ({ nullable, hasDefault, name }) => !nullable && !hasDefault && name !== keyField && name !== idField,
  );
  const dimension = {
    model,
    key: columnOf(model, keyField),
    id: columnOf(model, idField),
    needed: calendar ? [] : needed.map((column) => column.name),
    calendar,
  };
  return draft.dimensions.push(dimension) - 1;
}

/** Without a word in the mapping, a fact's day is that of its first date. */
function addCalendar(draft: Draft, fields: ReadonlyMap<string, FieldSpec>): void {
  const time = timeColumn(draft);
  for (const relation of draft.model.relations) {
    const days = relation.owns && isCalendar(draft.catalogue.model(relation.model));
    if (!days || fields.has(relation.name) || !time) continue;
    addField(draft, relation.name, { kind: 'dayOf', dayOf: time.name }, fields);
  }
}

/** A unique key that begins with `source` makes a fact; without the number at its end it names the group. */
function factShape(draft: Draft): FactShape | undefined {
  const { model, key } = draft;
  const last = findColumn(model, key.at(-1) ?? '');
  if (key[0] !== 'source' || key.length < 2 || !last) return undefined;
  const counted = key.length > 2 && last.type === 'Int';
  const group = (counted ? key.slice(0, -1) : key).map((name) => columnOf(model, name).column);
  const isMapped =
    draft.outputs.some((output) => output.column.name === last.name) || last.name in draft.mapping.fields;
  if (!counted || isMapped) return { group, place: undefined };
  draft.outputs.push({
    field: last.name,
    column: last,
    required: true,
    origin: { kind: 'place' },
    dimension: undefined,
  });
  return { group, place: last.column };
}

function checkCodes(draft: Draft): void {
  const { codes, source } = draft.mapping;
  if (codes === undefined) return;
  const named = typeof codes === 'object' ? codes : {};
  const relations = draft.model.relations
    .filter((relation) => relation.owns)
    .map((relation) => relation.name);
  for (const name of Object.keys(named)) {
    if (relations.includes(name)) continue;
    fault(
      draft,
      `codes.${name}`,
      `is not a relation of ${draft.model.name}.${didYouMean(name, relations)} There are: ${relations.join(', ')}.`,
    );
  }
  const anyOwn = codes === 'own' || Object.values(named).includes('own');
  if (anyOwn && source === undefined)
    fault(draft, 'codes', '"own" needs a "source" to put before each code.');
}

function checkRequired(draft: Draft): void {
  const { model, mapping } = draft;
  const filled = new Set(draft.outputs.map((output) => output.column.name));
  const tried = new Set(Object.keys(mapping.fields).map((name) => shortName(draft, name)));
  for (const column of model.columns) {
    const relation = relationFrom(model, column.name);
    const name = relation?.name ?? column.name;
    if (column.nullable || column.hasDefault || filled.has(column.name) || tried.has(name)) continue;
    // A calendar day that is missing follows from a date that is missing, which is named already.
    if (relation && isCalendar(draft.catalogue.model(relation.model))) continue;
    if (name === 'source')
      fault(draft, 'source', 'is missing: say where the file comes from, such as "source": "webshop".');
    else
      fault(
        draft,
        `fields.${name}`,
        `is missing, and ${model.name} requires it; name a column, or a fixed value such as {"value": …}.`,
      );
  }
}
