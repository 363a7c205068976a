// Holds a mapping against the catalogue: a plan, or every fault of it at once.

import { type Catalogue, type Column, columnOf, findColumn, findRelation, type Model } from '../catalogue.js';
import { modelDefaults } from './built-in-mappings.js';
import { type Converter, converterFor, decimalSize, type ReadingStyle, readIndexedText } from './convert.js';
import type { ColumnSpec, FieldSpec, Mapping } from './mapping.js';
import {
  type Dimension,
  type FactShape,
  isCalendar,
  type Latest,
  type LoadPlan,
  naturalKey,
  type Origin,
  type Output,
  relationFrom,
  type Vote,
} from './plan.js';
import { didYouMean } from './suggest.js';
import { isTimeZone } from './time-zone.js';

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
  const planner = new Planner(mapping, catalogue, model);
  const plan = planner.plan();
  return planner.faults.length === 0 ? { ok: true, plan } : { ok: false, faults: planner.faults };
}

/** Gathers faults as it goes, so that a mapping's author sees all of them in one go. */
class Planner {
  readonly faults: string[] = [];
  readonly #outputs: Output[] = [];
  readonly #dimensions: Dimension[] = [];
  readonly #votes: Vote[] = [];
  readonly #latest: Latest[] = [];
  readonly #inputs = new Set<string>();
  readonly #key: readonly string[];

  constructor(
    readonly mapping: Mapping,
    readonly catalogue: Catalogue,
    readonly model: Model,
  ) {
    this.#key = naturalKey(model) ?? [];
  }

  plan(): LoadPlan {
    const { mapping, model, catalogue } = this;
    const fields = this.#fieldsWithDefaults();
    if (this.#key.length === 0) {
      this.#fault(
        'model',
        `rows of ${model.name} cannot be recognised again; give it a key such as @@unique([source, number]).`,
      );
    }
    this.#checkReading('', mapping);
    this.#checkCodes();
    for (const [name, spec] of fields) if (!name.includes('.')) this.#addField(name, spec, fields);
    this.#addCalendar(fields);
    const fact = this.#factShape();
    for (const [name, spec] of fields) if (name.includes('.')) this.#addAttribute(name, spec);
    this.#checkRequired();
    return {
      mapping,
      catalogue,
      model,
      source: mapping.source,
      inputs: [...this.#inputs],
      outputs: this.#outputs,
      dimensions: this.#dimensions,
      votes: this.#votes,
      latest: this.#latest,
      key: this.#key.map((name) => columnOf(model, name).column),
      fact,
    };
  }

  #fault(place: string, text: string): undefined {
    this.faults.push(`${place}: ${text}`);
  }

  /** Fields in an order in which each comes after those it is computed from. */
  #fieldsWithDefaults(): Map<string, FieldSpec> {
    const fields = new Map(
      Object.entries(this.mapping.fields).map(([name, spec]) => [this.#shortName(name), spec]),
    );
    const given = [...fields.keys()];
    for (const { field, spec, when } of modelDefaults[this.model.name] ?? []) {
      const fits = (when ?? []).every((name) => given.includes(name));
      if (fits && !fields.has(field)) fields.set(field, spec);
    }
    const { source } = this.mapping;
    if (source !== undefined && findColumn(this.model, 'source') && !fields.has('source')) {
      fields.set('source', { kind: 'value', value: source });
    }
    const computed = (spec: FieldSpec) => ['multiply', 'divide', 'dayOf'].includes(spec.kind);
    return new Map([...fields].sort(([, a], [, b]) => Number(computed(a)) - Number(computed(b))));
  }

  /** `product.code` says the same as `product`, when `code` is what products are named by. */
  #shortName(name: string): string {
    const [relationName = '', attribute] = name.split('.');
    const relation = findRelation(this.model, relationName);
    if (!relation || attribute === undefined) return name;
    const key = naturalKey(this.catalogue.model(relation.model));
    return key?.length === 1 && key[0] === attribute ? relationName : name;
  }

  #fieldNames(): string[] {
    const columns = this.model.columns.filter(
      (column) => !relationFrom(this.model, column.name) && !this.#isGiven(column),
    );
    const relations = this.model.relations
      .filter((relation) => relation.owns)
      .map((relation) => relation.name);
    return [...columns.map((column) => column.name), ...relations];
  }

  /** A primary key that the database counts up by itself. */
  #isGiven(column: Column): boolean {
    return (
      this.model.primaryKey.includes(column.name) && column.hasDefault && !this.#key.includes(column.name)
    );
  }

  #addField(name: string, spec: FieldSpec, fields: ReadonlyMap<string, FieldSpec>): void {
    const place = `fields.${name}`;
    const column = findColumn(this.model, name);
    const relation = findRelation(this.model, name);
    const behind = column && relationFrom(this.model, name);
    if (behind)
      return this.#fault(place, `name the relation "${behind.name}" instead; the loader finds the number.`);
    if (column && this.#isGiven(column))
      return this.#fault(place, 'the database counts this number itself; leave it out.');
    if (column) return this.#addOutput(name, column, spec, undefined, column);
    const from = relation?.owns && relation.from.length === 1 ? relation.from[0] : undefined;
    if (relation && from !== undefined) {
      const dimension = this.#dimensionOf(relation.model, relation.to[0] ?? '', place);
      if (dimension === undefined) return;
      const key = this.#dimensions[dimension]?.key;
      if (key) this.#addOutput(name, columnOf(this.model, from), spec, dimension, key);
      return;
    }
    const allowed = this.#fieldNames();
    const others = allowed.filter((field) => !fields.has(field));
    this.#fault(
      place,
      `${this.model.name} has no such field.${didYouMean(name, allowed)} Fields that are still free: ${others.join(', ')}.`,
    );
  }

  #dimensionOf(modelName: string, idField: string, place: string): number | undefined {
    const known = this.#dimensions.findIndex((dimension) => dimension.model.name === modelName);
    if (known >= 0) return known;
    const model = this.catalogue.model(modelName);
    const key = naturalKey(model);
    const keyField = key?.[0];
    if (keyField === undefined || key?.length !== 1) {
      this.#fault(place, `a row of ${modelName} cannot be named by one value; give it a unique code.`);
      return undefined;
    }
    const needed = model.columns
      .filter(
        (column) =>
          !column.nullable && !column.hasDefault && column.name !== keyField && column.name !== idField,
      )
      .map((column) => column.name);
    const calendar = isCalendar(model);
    return (
      this.#dimensions.push({
        model,
        key: columnOf(model, keyField),
        id: columnOf(model, idField),
        needed: calendar ? [] : needed,
        calendar,
      }) - 1
    );
  }

  #addOutput(
    field: string,
    column: Column,
    spec: FieldSpec,
    dimension: number | undefined,
    valueColumn: Column,
  ): void {
    const inKey = this.#key.includes(column.name) || dimension !== undefined;
    const origin = this.#originOf(field, spec, valueColumn, inKey);
    if (!origin) return;
    const required = !column.nullable && !column.hasDefault;
    this.#outputs.push({
      field,
      column,
      required,
      origin: this.#withOwnCodes(field, origin, dimension),
      dimension,
    });
  }

  #originOf(field: string, spec: FieldSpec, column: Column, indexed: boolean): Origin | undefined {
    const place = `fields.${field}`;
    switch (spec.kind) {
      case 'rowNumber':
        if (['String', 'Int', 'BigInt'].includes(column.type)) return { kind: 'rowNumber' };
        this.#fault(place, `a row number does not fit a field of type ${column.type}.`);
        return undefined;
      case 'value':
        return this.#constant(place, String(spec.value), column, indexed);
      case 'column': {
        this.#checkReading(`${place}.`, spec);
        const convert = this.#converter(place, column, this.#style(spec), indexed);
        this.#inputs.add(spec.column);
        const nulls = ['', ...(spec.nulls ?? this.mapping.nulls ?? [])];
        const trim = spec.trim ?? this.mapping.trim ?? true;
        return convert && { kind: 'column', spec: { ...spec, trim }, nulls, convert };
      }
      case 'multiply':
        return this.#computed(place, 'multiply', spec.multiply, column);
      case 'divide':
        return this.#computed(place, 'divide', spec.divide, column);
      case 'dayOf':
        return this.#dayOf(place, spec.dayOf);
      case 'latest':
        this.#fault(place, '"latest" belongs on a relation of a dimension, such as "customer.region".');
        return undefined;
    }
  }

  #style(own: Partial<ColumnSpec>): ReadingStyle {
    const dates = own.dates ?? this.mapping.dates ?? 'iso';
    return {
      dates: typeof dates === 'string' ? [dates] : dates,
      timeZone: own.timeZone ?? this.mapping.timeZone ?? 'UTC',
      decimal: own.decimal ?? this.mapping.decimal ?? '.',
      thousands: own.thousands ?? this.mapping.thousands ?? '',
    };
  }

  #checkReading(
    place: string,
    reading: { timeZone?: string | undefined; decimal?: string | undefined; thousands?: string | undefined },
  ): void {
    if (reading.timeZone !== undefined && !isTimeZone(reading.timeZone)) {
      this.#fault(
        `${place}timeZone`,
        `"${reading.timeZone}" is not an IANA time zone such as Europe/London.`,
      );
    }
    if (reading.thousands && reading.thousands === (reading.decimal ?? this.mapping.decimal ?? '.')) {
      this.#fault(`${place}thousands`, 'is the same character as "decimal".');
    }
  }

  #converter(place: string, column: Column, style: ReadingStyle, indexed: boolean): Converter | undefined {
    if (!isTimeZone(style.timeZone)) return undefined;
    if (column.type === 'String' && indexed) return readIndexedText;
    const converter = converterFor(this.catalogue, column, style);
    if (typeof converter !== 'string') return converter;
    this.#fault(place, `${converter}.`);
    return undefined;
  }

  #constant(place: string, text: string, column: Column, indexed: boolean): Origin | undefined {
    // A fixed value is written by whoever wrote the mapping, in the mapping's own plain form or in the file's.
    const plain: ReadingStyle = {
      dates: ['iso'],
      timeZone: this.#style({}).timeZone,
      decimal: '.',
      thousands: '',
    };
    const converted = this.#converter(place, column, plain, indexed)?.(text);
    if (converted === undefined) return undefined;
    if (typeof converted === 'string') return { kind: 'constant', text: converted };
    this.#fault(place, `${converted.reason}.`);
    return undefined;
  }

  #computed(
    place: string,
    kind: 'multiply' | 'divide',
    names: readonly [string, string],
    column: Column,
  ): Origin | undefined {
    const [left, right] = names.map((name) => this.#outputs.findIndex((output) => output.field === name));
    const numeric = (index: number | undefined) =>
      ['Decimal', 'Int', 'BigInt'].includes(this.#outputs[index ?? -1]?.column.type ?? '');
    for (const [name, index] of [
      [names[0], left],
      [names[1], right],
    ] as const) {
      if (!numeric(index))
        this.#fault(place, `"${name}" is not a field with a number that this mapping fills.`);
    }
    if (column.type !== 'Decimal') {
      this.#fault(place, `only a decimal field can be computed; ${column.name} is of type ${column.type}.`);
      return undefined;
    }
    if (left === undefined || right === undefined || !numeric(left) || !numeric(right)) return undefined;
    return { kind, left, right, ...decimalSize(column) };
  }

  #dayOf(place: string, name: string): Origin | undefined {
    const of = this.#outputs.findIndex(
      (output) => output.field === name && output.column.type === 'DateTime',
    );
    if (of >= 0) return { kind: 'dayOf', of };
    this.#fault(place, `"${name}" is not a field with a date that this mapping fills.`);
    return undefined;
  }

  /** Without a word in the mapping, a fact's day is that of its first date. */
  #addCalendar(fields: ReadonlyMap<string, FieldSpec>): void {
    const time = this.#timeColumn();
    for (const relation of this.model.relations) {
      const days = relation.owns && isCalendar(this.catalogue.model(relation.model));
      if (!days || fields.has(relation.name) || !time) continue;
      this.#addField(relation.name, { kind: 'dayOf', dayOf: time.name }, fields);
    }
  }

  #timeColumn(): Column | undefined {
    const dates = this.#outputs
      .filter((output) => output.column.type === 'DateTime')
      .map((output) => output.column);
    return dates.find((column) => !column.nullable) ?? dates[0];
  }

  /** A unique key that begins with `source` makes a fact; what stands between its ends is the group. */
  #factShape(): FactShape | undefined {
    if (this.#key[0] !== 'source' || this.#key.length < 2) return undefined;
    const last = columnOf(this.model, this.#key[this.#key.length - 1] ?? '');
    const counted = this.#key.length > 2 && last.type === 'Int';
    const group = (counted ? this.#key.slice(0, -1) : this.#key).map(
      (name) => columnOf(this.model, name).column,
    );
    if (!counted || this.#outputs.some((output) => output.column === last))
      return { group, place: undefined };
    this.#outputs.push({
      field: last.name,
      column: last,
      required: true,
      origin: { kind: 'place' },
      dimension: undefined,
    });
    return { group, place: last.column };
  }

  #addAttribute(name: string, spec: FieldSpec): void {
    const place = `fields.${name}`;
    const [relationName = '', attribute = ''] = name.split('.');
    const output = this.#outputs.findIndex(
      (candidate) => candidate.field === relationName && candidate.dimension !== undefined,
    );
    const index = this.#outputs[output]?.dimension;
    const dimension = index === undefined ? undefined : this.#dimensions[index];
    if (index === undefined || !dimension) {
      return this.#fault(
        place,
        `"${relationName}" is not a relation that this mapping fills; map "${relationName}" as well.`,
      );
    }
    if (this.#key[0] !== 'source') {
      return this.#fault(
        place,
        `only facts speak of other models; load a file of ${dimension.model.name} for this.`,
      );
    }
    if (spec.kind === 'latest') return this.#addLatest(place, attribute, spec.latest, index, output);
    const column = findColumn(dimension.model, attribute);
    const texts = dimension.model.columns.filter(
      (candidate) => candidate.type === 'String' && candidate !== dimension.key,
    );
    if (!column || !texts.includes(column)) {
      const names = texts.map((text) => text.name);
      return this.#fault(
        place,
        `is not a text of ${dimension.model.name}.${didYouMean(attribute, names)} There are: ${names.join(', ')}.`,
      );
    }
    const origin = this.#originOf(name, spec, column, true);
    if (origin) this.#votes.push({ output, dimension: index, column, field: attribute, origin });
  }

  #addLatest(place: string, attribute: string, takenName: string, dimension: number, member: number): void {
    const model = this.#dimensions[dimension]?.model;
    const relation = model && findRelation(model, attribute);
    const from = relation?.owns && relation.from.length === 1 ? relation.from[0] : undefined;
    const taken = this.#outputs.find(
      (output) => output.field === takenName && output.dimension !== undefined,
    );
    const takenModel =
      taken?.dimension === undefined ? undefined : this.#dimensions[taken.dimension]?.model.name;
    const time = this.#timeColumn();
    const memberColumn = this.#outputs[member]?.column;
    if (
      !model ||
      !relation ||
      from === undefined ||
      !taken ||
      takenModel !== relation.model ||
      !time ||
      !memberColumn
    ) {
      return this.#fault(
        place,
        `"latest" needs a relation that both the dimension and the fact have, and a date on the fact.`,
      );
    }
    this.#latest.push({
      dimension,
      field: attribute,
      target: columnOf(model, from),
      member: memberColumn,
      taken: taken.column,
      time,
    });
  }

  /** Keeps the codes of this source apart where the mapping says so. */
  #withOwnCodes(field: string, origin: Origin, dimension: number | undefined): Origin {
    const { codes, source } = this.mapping;
    const key = dimension === undefined ? undefined : this.#dimensions[dimension]?.key;
    const isOwnKey =
      dimension === undefined && this.#key.length === 1 && this.#key[0] === field && field === 'code';
    const own =
      typeof codes === 'object'
        ? codes[field] === 'own'
        : codes === 'own' && (isOwnKey || key?.name === 'code');
    if (!own || source === undefined) return origin;
    if (key && key.type !== 'String') {
      this.#fault('codes', `codes of "${field}" are numbers and cannot be kept apart.`);
      return origin;
    }
    if (origin.kind === 'constant') return { kind: 'constant', text: `${source}:${origin.text}` };
    if (origin.kind !== 'column') return origin;
    const { convert } = origin;
    const prefixed: Converter = (text) => {
      const converted = convert(text);
      return typeof converted === 'string' ? `${source}:${converted}` : converted;
    };
    return { ...origin, convert: prefixed };
  }

  #checkCodes(): void {
    const { codes, source } = this.mapping;
    if (codes === undefined) return;
    const named = typeof codes === 'object' ? codes : {};
    const relations = this.model.relations
      .filter((relation) => relation.owns)
      .map((relation) => relation.name);
    for (const name of Object.keys(named)) {
      if (!relations.includes(name)) {
        this.#fault(
          `codes.${name}`,
          `is not a relation of ${this.model.name}.${didYouMean(name, relations)} There are: ${relations.join(', ')}.`,
        );
      }
    }
    const anyOwn = codes === 'own' || Object.values(named).includes('own');
    if (anyOwn && source === undefined)
      this.#fault('codes', '"own" needs a "source" to put before each code.');
  }

  #checkRequired(): void {
    const filled = new Set(this.#outputs.map((output) => output.column.name));
    const tried = new Set(Object.keys(this.mapping.fields).map((name) => this.#shortName(name)));
    for (const column of this.model.columns) {
      if (column.nullable || column.hasDefault || filled.has(column.name)) continue;
      const name = relationFrom(this.model, column.name)?.name ?? column.name;
      if (tried.has(name)) continue;
      if (name === 'source')
        this.#fault('source', `is missing: say where the file comes from, such as "source": "webshop".`);
      else
        this.#fault(
          `fields.${name}`,
          `is missing, and ${this.model.name} requires it; name a column, or a fixed value such as {"value": …}.`,
        );
    }
  }
}
