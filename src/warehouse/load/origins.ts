// Where the value of a field comes from, checked: a column of the file, a fixed value, a computation.

import { isTimeZone } from '../../core/time-zone.js';
import type { Column } from '../catalogue.js';
import { type Converter, converterFor, decimalSize, type ReadingStyle, readIndexedText } from './convert.js';
import { type Draft, dimensionOf, fault } from './draft.js';
import type { ColumnSpec, FieldSpec, Mapping } from './mapping.js';
import type { Origin } from './plan.js';

/** The origin that a field's setting asks for; undefined when it cannot be (the fault is noted then). */
export function originOf(
  draft: Draft,
  field: string,
  spec: FieldSpec,
  column: Column,
  indexed: boolean,
): Origin | undefined {
  const place = `fields.${field}`;
  switch (spec.kind) {
    case 'rowNumber':
      if (['String', 'Int', 'BigInt'].includes(column.type)) return { kind: 'rowNumber' };
      return fault(draft, place, `a row number does not fit a field of type ${column.type}.`);
    case 'value':
      return constant(draft, place, String(spec.value), column, indexed);
    case 'column':
      return fromColumn(draft, place, spec, column, indexed);
    case 'multiply':
      return computed(draft, place, 'multiply', spec.multiply, column);
    case 'divide':
      return computed(draft, place, 'divide', spec.divide, column);
    case 'dayOf':
      return dayOf(draft, place, spec.dayOf);
    case 'latest':
      return fault(draft, place, '"latest" belongs on a relation of a dimension, such as "customer.region".');
  }
}

/** Checks the settings for reading texts, at the top of a mapping or on a field. */
export function checkReading(draft: Draft, place: string, reading: Partial<ColumnSpec> | Mapping): void {
  if (reading.timeZone !== undefined && !isTimeZone(reading.timeZone)) {
    fault(draft, `${place}timeZone`, `"${reading.timeZone}" is not an IANA time zone such as Europe/London.`);
  }
  const { decimal, thousands } = styleOf(draft, reading);
  if (thousands !== '' && thousands === decimal)
    fault(draft, `${place}thousands`, 'is the same character as "decimal".');
}

function styleOf({ mapping }: Draft, own: Partial<ColumnSpec> | Mapping): ReadingStyle {
  const dates = own.dates ?? mapping.dates ?? 'iso';
  const timeZone = own.timeZone ?? mapping.timeZone ?? 'UTC';
  return {
    dates: typeof dates === 'string' ? [dates] : dates,
    // A zone that does not exist is noted by `checkReading`; the search for other faults goes on.
    timeZone: isTimeZone(timeZone) ? timeZone : 'UTC',
    decimal: own.decimal ?? mapping.decimal ?? '.',
    thousands: own.thousands ?? mapping.thousands ?? '',
  };
}

function converter(
  draft: Draft,
  place: string,
  column: Column,
  style: ReadingStyle,
  indexed: boolean,
): Converter | undefined {
  if (column.type === 'String' && indexed) return readIndexedText;
  const found = converterFor(draft.catalogue, column, style);
  return typeof found === 'string' ? fault(draft, place, `${found}.`) : found;
}

function fromColumn(
  draft: Draft,
  place: string,
  spec: FieldSpec & { kind: 'column' },
  column: Column,
  indexed: boolean,
): Origin | undefined {
  const { mapping } = draft;
  checkReading(draft, `${place}.`, spec);
  const convert = converter(draft, place, column, styleOf(draft, spec), indexed);
  draft.inputs.add(spec.column);
  const nulls = ['', ...(spec.nulls ?? mapping.nulls ?? [])];
  const trim = spec.trim ?? mapping.trim ?? true;
  return convert && { kind: 'column', spec: { ...spec, trim }, nulls, convert };
}

/** A fixed value stands in JSON, so it is written in JSON's way whatever the file does. */
function constant(
  draft: Draft,
  place: string,
  text: string,
  column: Column,
  indexed: boolean,
): Origin | undefined {
  const { timeZone } = styleOf(draft, {});
  const style: ReadingStyle = { dates: ['iso'], timeZone, decimal: '.', thousands: '' };
  const converted = converter(draft, place, column, style, indexed)?.(text);
  if (converted === undefined || typeof converted === 'string') {
    return converted === undefined ? undefined : { kind: 'constant', text: converted };
  }
  return fault(draft, place, `${converted.reason}.`);
}

function computed(
  draft: Draft,
  place: string,
  kind: 'multiply' | 'divide',
  names: readonly [string, string],
  column: Column,
): Origin | undefined {
  const [left, right] = names.map((name) =>
    draft.outputs.findIndex(
      ({ field, column: { type } }) => field === name && ['Decimal', 'Int', 'BigInt'].includes(type),
    ),
  );
  for (const [name, index] of [
    [names[0], left],
    [names[1], right],
  ] as const) {
    if (index === -1) fault(draft, place, `"${name}" is not a field with a number that this mapping fills.`);
  }
  if (column.type !== 'Decimal') {
    return fault(
      draft,
      place,
      `only a decimal field can be computed; ${column.name} is of type ${column.type}.`,
    );
  }
  if (left === undefined || right === undefined || left < 0 || right < 0) return undefined;
  return { kind, left, right, ...decimalSize(column) };
}

function dayOf(draft: Draft, place: string, name: string): Origin | undefined {
  const of = draft.outputs.findIndex((output) => output.field === name && output.column.type === 'DateTime');
  return of < 0
    ? fault(draft, place, `"${name}" is not a field with a date that this mapping fills.`)
    : { kind: 'dayOf', of };
}

/** Puts the source before the codes of a field, where the mapping keeps its codes apart. */
export function withOwnCodes(draft: Draft, field: string, origin: Origin, key: Column | undefined): Origin {
  const { codes, source } = draft.mapping;
  const isOwnKey = key === undefined && draft.key.length === 1 && draft.key[0] === field && field === 'code';
  const own =
    typeof codes === 'object'
      ? codes[field] === 'own'
      : codes === 'own' && (isOwnKey || key?.name === 'code');
  if (!own || source === undefined) return origin;
  if (key && key.type !== 'String') {
    fault(draft, 'codes', `codes of "${field}" are numbers and cannot be kept apart.`);
    return origin;
  }
  if (origin.kind === 'constant') return { kind: 'constant', text: `${source}:${origin.text}` };
  if (origin.kind !== 'column') return origin;
  const { convert } = origin;
  return {
    ...origin,
    convert: (text) => {
      const converted = convert(text);
      return typeof converted === 'string' ? `${source}:${converted}` : converted;
    },
  };
}

/** The member that an attribute such as `product.name` belongs to. */
export function attributeOwner(draft: Draft, relationName: string): ReturnType<typeof dimensionOf> {
  const owner = dimensionOf(draft, relationName);
  return (
    owner ??
    fault(
      draft,
      `fields.${relationName}`,
      `is not a relation that this mapping fills, so nothing can be said of its members; map "${relationName}" as well.`,
    )
  );
}
