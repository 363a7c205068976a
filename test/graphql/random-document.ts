// Random documents over the warehouse's part of the schema: any selection, any arguments, literals and variables.

import * as fc from 'fast-check';
import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { extensionOf } from '../../graphql/extensions.js';
import { definitions } from '../../src/metrics/definitions.js';
import { metricsOfModel } from '../../src/metrics/emit-aggregate.js';

export interface RandomDocument {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** A value that is written as an enum and not as text when it stands in a document. */
class EnumName {
  constructor(readonly name: string) {}
}

const texts = [
  'A1',
  'B%2',
  'B_1',
  'c4',
  '100',
  '103',
  'Lamps',
  'kitchen',
  'France',
  'Malta',
  'shop',
  'lamp',
  'É',
  '%',
  '_',
  '\\',
  '"',
  '',
  'e',
  '505',
  'C50',
  'click',
  'web',
];
const days = [
  '2024-01-01',
  '2024-01-02T10:00:00Z',
  '2024-01-03T00:00:00.500+02:00',
  '2024-01-05',
  '2030-01-01',
];
const decimals = [0, 1, -1, 2.5, '9.99', '-0.5', 12.3456, 1000];
const ids = [
  'Product:A1',
  'Product:B%2',
  'Customer:101',
  'Sale:shop/500/2',
  'Sale:shop%2Ftwo/501/1',
  'Event:web/e1',
  'Measurement:plant/3@170406723',
  'Product:?',
  'Sale:x',
  'Nobody:1',
];

/** Fields that are of another type, or may be null, in one model and not in another: beside each other they need names of their own. */
const differing: ReadonlySet<string> = new Set(['value', 'product', 'kind']);

/** The metrics that the connections of a model offer. */
function metricsOf(typeName: string): readonly string[] {
  return metricsOfModel(definitions, typeName.replace(/Connection$/, '')).map(({ name }) => name);
}

/** Whether a model service answers it, and not the warehouse: it says then whether it is degraded. */
function isServed(field: GraphQLField<unknown, unknown>): boolean {
  const type = getNamedType(field.type);
  return isObjectType(type) && 'degraded' in type.getFields();
}

/** Draws one document. The generator shrinks, so that a failure is shown by a small one. */
export class DocumentWriter {
  readonly #schema: GraphQLSchema;
  readonly #gen: fc.GeneratorValue;
  readonly #variables: Record<string, unknown> = {};
  readonly #declarations: string[] = [];
  readonly #fragments: string[] = [];
  #aliases = 0;
  /** The metrics of the rows whose list is being written. */
  #metrics: readonly string[] = [];

  constructor(schema: GraphQLSchema, gen: fc.GeneratorValue) {
    this.#schema = schema;
    this.#gen = gen;
  }

  write(): RandomDocument {
    const query = this.#schema.getQueryType();
    if (!query) throw new Error('The schema has no query type.');
    const roots = Object.values(query.getFields()).filter((field) => extensionOf(field));
    const fields = Array.from({ length: this.#below(3) + 1 }, (_, place) =>
      this.#field(this.#pick(roots), 3, `r${place}: `),
    );
    const declared = this.#declarations.length === 0 ? '' : `(${this.#declarations.join(', ')})`;
    const text = [`query ${declared} { ${fields.join(' ')} }`, ...this.#fragments].join('\n');
    return { query: text, variables: this.#variables };
  }

  #below(limit: number): number {
    return this.#gen(fc.nat, { max: limit - 1 });
  }

  #chance(percent: number): boolean {
    return this.#below(100) < percent;
  }

  #pick<T>(items: readonly T[]): T {
    const item = items[this.#below(items.length)];
    if (item === undefined) throw new Error('There is nothing to pick from.');
    return item;
  }

  #field(field: GraphQLField<unknown, unknown>, depth: number, alias: string): string {
    const type = getNamedType(field.type);
    const head = `${alias}${field.name}${this.#arguments(field.args)}${this.#directive()}`;
    if (isLeafType(type)) return head;
    const possible = isObjectType(type) ? [type] : [...this.#schema.getPossibleTypes(type)];
    if (isObjectType(type)) return `${head} { ${this.#selection(type, depth)} }`;
    const parts = possible
      .filter(() => this.#chance(70))
      .map((each) => `... on ${each.name} { ${this.#selection(each, depth - 1)} }`);
    return `${head} { __typename ${this.#chance(50) ? 'id' : ''} ${parts.join(' ')} }`;
  }

  #directive(): string {
    if (!this.#chance(6)) return '';
    const keep = this.#chance(70);
    const name = this.#chance(50) ? 'include' : 'skip';
    const condition = this.#chance(50) ? String(keep) : this.#variable('Boolean!', keep);
    return ` @${name}(if: ${condition})`;
  }

  #selection(type: GraphQLObjectType, depth: number): string {
    const metrics = metricsOf(type.name);
    if (metrics.length > 0) this.#metrics = metrics;
    const fields = Object.values(type.getFields()).filter(
      (field) =>
        !isServed(field) &&
        // The database writes such numbers in other words than JavaScript, so the planner leaves them to the plugin.
        getNamedType(field.type).name !== 'Float' &&
        (depth > 0 || isLeafType(getNamedType(field.type)) || extensionOf(field)?.kind === 'pageInfo'),
    );
    const count = this.#below(4) + 1;
    const parts = Array.from({ length: count }, () => {
      if (fields.length === 0 || this.#chance(5)) return '__typename';
      const field = this.#pick(fields);
      const wraps = ['edges', 'nodesOfList', 'node', 'pageInfo'].includes(extensionOf(field)?.kind ?? '');
      return this.#field(
        field,
        wraps ? depth : depth - 1,
        this.#chance(30) || field.args.length > 0 || differing.has(field.name) ? `f${++this.#aliases}: ` : '',
      );
    });
    // At least one field stands without a directive, so that a selection is never empty.
    return `${this.#wrap(type, parts.join(' '))} __typename`;
  }

  #wrap(type: GraphQLObjectType, selection: string): string {
    if (this.#chance(10)) return `... on ${type.name} { ${selection} }`;
    if (!this.#chance(8)) return selection;
    const name = `part${this.#fragments.length}`;
    this.#fragments.push(`fragment ${name} on ${type.name} { ${selection} }`);
    return `...${name}`;
  }

  #arguments(args: readonly GraphQLArgument[]): string {
    const given = args.flatMap((arg) => {
      const required = isNonNullType(arg.type);
      if (!required && !this.#chance(arg.name === 'filter' || arg.name === 'orderBy' ? 45 : 25)) return [];
      if (arg.name === 'after' || arg.name === 'before') return [];
      if (arg.name === 'last' && args.some(({ name }) => name === 'first') && !this.#chance(40)) return [];
      const value = this.#argument(arg);
      const text = this.#chance(35) ? this.#variable(String(arg.type), plain(value)) : literal(value);
      return [`${arg.name}: ${text}`];
    });
    return given.length === 0 ? '' : `(${given.join(', ')})`;
  }

  #argument(arg: GraphQLArgument): unknown {
    if (arg.name === 'first' || arg.name === 'last') return this.#below(8);
    if (arg.name === 'id') return this.#pick(ids);
    if (arg.name === 'ids') return Array.from({ length: this.#below(5) }, () => this.#pick(ids));
    return this.#value(arg.type, 3, arg.name === 'orderBy');
  }

  #variable(type: string, value: unknown): string {
    const name = `v${this.#declarations.length}`;
    this.#declarations.push(`$${name}: ${type}`);
    this.#variables[name] = value;
    return `$${name}`;
  }

  #value(type: GraphQLInputType, depth: number, isOrder: boolean): unknown {
    const inner = getNullableType(type);
    if (isListType(inner)) {
      return Array.from({ length: this.#below(3) + (isOrder ? 1 : 0) }, () =>
        this.#value(inner.ofType, depth, isOrder),
      );
    }
    if (inner.name === 'MetricName') return new EnumName(this.#pick(this.#metrics));
    if (isEnumType(inner)) return new EnumName(this.#pick(inner.getValues()).name);
    if (!isInputObjectType(inner)) return this.#scalar(getNamedType(inner).name);
    const fields = Object.values(inner.getFields());
    const nested = fields.filter(({ type: each }) => depth > 0 || isLeafType(getNamedType(each)));
    if (isOrder) {
      const field = this.#pick(nested);
      return { [field.name]: this.#value(field.type, depth - 1, true) };
    }
    const names = Array.from({ length: nested.length === 0 ? 0 : this.#below(3) }, () => this.#pick(nested));
    return Object.fromEntries(
      names.map((field) => [field.name, this.#chance(6) ? null : this.#value(field.type, depth - 1, false)]),
    );
  }

  #scalar(name: string): unknown {
    switch (name) {
      case 'Int':
        return this.#below(12) - 3;
      case 'Boolean':
        return this.#chance(50);
      case 'Decimal':
        return this.#pick(decimals);
      case 'DateTime':
        return this.#pick(days);
      default:
        return this.#pick(texts);
    }
  }
}

function plain(value: unknown): unknown {
  if (value instanceof EnumName) return value.name;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}

function literal(value: unknown): string {
  if (value instanceof EnumName) return value.name;
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([name, inner]) => `${name}: ${literal(inner)}`)
    .join(', ')}}`;
}
