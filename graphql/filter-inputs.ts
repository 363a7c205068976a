// The filter types: one for each kind of value, and one for each model.

import { catalogue, relationOf } from '../src/warehouse/catalogue.js';
import { builder } from './builder.js';
import { columnAt, type ModelApi, type Target } from './model.js';

/** A filter as it arrives; its shape was checked by the schema. */
export interface FilterInput {
  readonly [field: string]: unknown;
}

const ordered = { lt: 'Less than', lte: 'At most', gt: 'Greater than', gte: 'At least' };

const stringFilter = builder.inputType('StringFilter', {
  description: 'What a text must be. Several conditions together must all hold.',
  fields: (t) => ({
    equals: t.string({ description: 'Exactly this text; null finds what has none.' }),
    not: t.string({ description: 'Anything but this text; null finds what has one.' }),
    in: t.stringList({ description: 'One of these texts.' }),
    notIn: t.stringList({ description: 'None of these texts.' }),
    lt: t.string({ description: 'Before this text, in the order of code points.' }),
    lte: t.string({ description: 'This text, or before it.' }),
    gt: t.string({ description: 'After this text, in the order of code points.' }),
    gte: t.string({ description: 'This text, or after it.' }),
    contains: t.string({ description: 'Holds this text somewhere; upper and lower case are the same.' }),
    startsWith: t.string({ description: 'Begins with this text; upper and lower case are the same.' }),
    endsWith: t.string({ description: 'Ends with this text; upper and lower case are the same.' }),
  }),
});

function comparableFilter(name: 'Int' | 'Decimal' | 'DateTime', noun: string) {
  return builder.inputType(`${name}Filter`, {
    description: `What ${noun} must be. Several conditions together must all hold.`,
    fields: (t) => ({
      equals: t.field({ type: name, description: `Exactly this; null finds what has none.` }),
      not: t.field({ type: name, description: `Anything but this; null finds what has one.` }),
      in: t.field({ type: [name], description: 'One of these.' }),
      notIn: t.field({ type: [name], description: 'None of these.' }),
      lt: t.field({ type: name, description: `${ordered.lt} this.` }),
      lte: t.field({ type: name, description: `${ordered.lte} this.` }),
      gt: t.field({ type: name, description: `${ordered.gt} this.` }),
      gte: t.field({ type: name, description: `${ordered.gte} this.` }),
    }),
  });
}

const booleanFilter = builder.inputType('BooleanFilter', {
  description: 'Whether something must hold.',
  fields: (t) => ({
    equals: t.boolean({ description: 'Exactly this; null finds what is not known.' }),
    not: t.boolean({ description: 'Anything but this; null finds what is known.' }),
  }),
});

const scalarFilters = {
  String: stringFilter,
  Int: comparableFilter('Int', 'a whole number'),
  Decimal: comparableFilter('Decimal', 'a decimal'),
  DateTime: comparableFilter('DateTime', 'a time'),
  Boolean: booleanFilter,
};

/** The name of a type as words: `SaleKind` as «sale kind». */
function words(name: string): string {
  return name.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
}

function enumRef(name: string) {
  const { values, description } = catalogue.enumType(name);
  return builder.enumType(name, {
    description: description ?? `The values of ${name}.`,
    values: Object.fromEntries(
      values.map((value) => [value.name, { description: value.description ?? value.name }]),
    ),
  });
}

function enumFilter(name: string, ref: ReturnType<typeof enumRef>) {
  return builder.inputType(`${name}Filter`, {
    description: `What the ${words(name)} must be. Several conditions together must all hold.`,
    fields: (t) => ({
      equals: t.field({ type: ref, description: 'Exactly this; null finds what has none.' }),
      not: t.field({ type: ref, description: 'Anything but this; null finds what has one.' }),
      in: t.field({ type: [ref], description: 'One of these.' }),
      notIn: t.field({ type: [ref], description: 'None of these.' }),
    }),
  });
}

function once<T>(make: (name: string) => T): (name: string) => T {
  const made = new Map<string, T>();
  return (name) => {
    const found = made.get(name) ?? make(name);
    made.set(name, found);
    return found;
  };
}

/** The GraphQL enum of an enum of the Prisma schema. */
export const enumOf = once(enumRef);
const enumFilterOf = once((name) => enumFilter(name, enumOf(name)));

/** The filter type of a model; it is implemented when the model is declared. */
export const filterRef = once((model) => builder.inputRef<FilterInput>(`${model}Filter`));

const listFilterOf = once((model) =>
  builder.inputRef<FilterInput>(`${model}ListFilter`).implement({
    description: `What the ${model} rows that belong to something must be.`,
    fields: (t) => ({
      some: t.field({ type: filterRef(model), description: 'At least one of them meets this.' }),
      none: t.field({ type: filterRef(model), description: 'Not one of them meets this.' }),
      every: t.field({
        type: filterRef(model),
        description: 'All of them meet this; so does nothing at all.',
      }),
    }),
  }),
);

/** The filter type of what a filter's field leads to. */
export function filterTypeOf(api: ModelApi, target: Target) {
  if (target.kind === 'relation') return target.list ? listFilterOf(target.model) : filterRef(target.model);
  const column = columnAt(api.name, target.path);
  if (column.type === 'Enum' && column.enumName) return enumFilterOf(column.enumName);
  if (column.type in scalarFilters) return scalarFilterOf(column.type);
  throw new Error(`${api.name}.${target.path.join('.')} is a ${column.type}, which has no filter.`);
}

function scalarFilterOf(type: string) {
  const found = Object.entries(scalarFilters).find(([name]) => name === type);
  if (!found) throw new Error(`There is no filter for ${type}.`);
  return found[1];
}

function describeTarget(api: ModelApi, name: string, target: Target): string {
  if (target.kind === 'relation') {
    if (target.list) return `By its ${name}: some, every or none of them must be like this.`;
    const { nullable } = relationOf(catalogue.model(api.name), target.relation);
    return nullable ? `By its ${name}; null finds what has none.` : `By its ${name}.`;
  }
  return columnAt(api.name, target.path).description ?? `By its ${name}.`;
}

/** Implements the filter type of a declared model, with AND, OR and NOT. */
export function implementFilter(api: ModelApi): void {
  const ref = filterRef(api.name);
  ref.implement({
    description: `Which ${api.name} rows are meant. Several fields together must all hold.`,
    fields: (t) => ({
      ...Object.fromEntries(
        [...api.filters].map(([name, target]) => [
          name,
          t.field({ type: filterTypeOf(api, target), description: describeTarget(api, name, target) }),
        ]),
      ),
      AND: t.field({ type: [ref], description: 'All of these must hold.' }),
      OR: t.field({ type: [ref], description: 'At least one of these must hold.' }),
      NOT: t.field({
        type: ref,
        description:
          'This must not hold. A row whose own value is missing is found neither way; one that belongs to nothing is found.',
      }),
    }),
  });
}
