// Turns named features of an example into the vector of numbers that a learner reads.

import { FlywheelError } from '../../core/errors.js';

/** How one named feature becomes numbers. */
export type Feature =
  /** One column that holds the number; true is 1 and false is 0. */
  | { readonly name: string; readonly kind: 'number' }
  /** One column for each of the values, 1 where it is the one. A value that is not among them leaves all at 0. */
  | { readonly name: string; readonly kind: 'category'; readonly values: readonly string[] }
  /** A category of more values than can be listed: each falls into one of so many columns by its hash. */
  | { readonly name: string; readonly kind: 'hashed'; readonly buckets: number };

/** The features of one example by name; null and undefined are missing. */
export type FeatureValues = Readonly<Record<string, number | string | boolean | null | undefined>>;

export interface FeatureVector {
  /** How many numbers the vector has. */
  readonly length: number;
  /** What each column holds, such as `price`, `country=France` or `city#7`. */
  readonly columns: readonly string[];
  /** The columns that hold plain numbers, which a scaler may scale. */
  readonly numberColumns: readonly number[];
  /**
   * Writes the example into `into`. A missing number is NaN, a missing category leaves its columns at 0. A name that no
   * feature has, or a number that is not finite or beyond ±1e100, is BAD_INPUT.
   */
  fill(values: FeatureValues, into: Float64Array): void;
  /** The columns that `fill` would not leave at 0, but for missing numbers, and what it would write there. */
  sparse(values: FeatureValues): SparseExample;
  /** The columns of a feature: the first, and how many follow one another. Throws BAD_INPUT for a name that none has. */
  columnsOf(name: string): { readonly first: number; readonly count: number };
}

/** The numbers of an example that are not 0, in the order of their columns. */
export interface SparseExample {
  readonly columns: readonly number[];
  readonly numbers: readonly number[];
}

type Writer = (value: number | string | boolean, write: (column: number, number: number) => void) => void;

/** Products of numbers below this size cannot make a weight infinite. */
const sizeMax = 1e100;

/** Lays out the columns of a list of features, in their order. */
export function createFeatureVector(features: readonly Feature[]): FeatureVector {
  const columns: string[] = [];
  const numberColumns: number[] = [];
  const spans = new Map<string, { readonly first: number; readonly count: number }>();
  const writers = new Map<string, Writer>();
  for (const feature of features) {
    if (writers.has(feature.name)) throw bad(`The feature ${feature.name} is declared twice.`);
    const first = columns.length;
    if (feature.kind === 'number') {
      columns.push(feature.name);
      numberColumns.push(first);
      writers.set(feature.name, (value, write) => write(first, numberOf(feature.name, value)));
    } else if (feature.kind === 'category') {
      const columnOf = new Map(feature.values.map((value, index) => [value, first + index]));
      if (columnOf.size < feature.values.length)
        throw bad(`The feature ${feature.name} lists a value twice.`);
      columns.push(...feature.values.map((value) => `${feature.name}=${value}`));
      writers.set(feature.name, (value, write) => {
        const column = columnOf.get(String(value));
        if (column !== undefined) write(column, 1);
      });
    } else {
      const { buckets } = feature;
      const seed = fnv1a(fnvBasis, `${feature.name}\u0000`);
      if (!Number.isInteger(buckets) || buckets < 1) throw bad(`${feature.name} needs at least one bucket.`);
      for (let bucket = 0; bucket < buckets; bucket += 1) columns.push(`${feature.name}#${bucket}`);
      writers.set(feature.name, (value, write) => {
        const hash = finalised(fnv1a(seed, String(value)));
        // The lowest bit is the sign, so that values that share a column do not add up to a bias.
        write(first + ((hash >>> 1) % buckets), (hash & 1) === 0 ? 1 : -1);
      });
    }
    spans.set(feature.name, { first, count: columns.length - first });
  }
  const writeAll = (values: FeatureValues, write: (column: number, number: number) => void) => {
    for (const name in values) if (!writers.has(name)) throw unknownFeature(name, [...writers.keys()]);
    for (const [name, writer] of writers) {
      const value = values[name];
      if (value !== null && value !== undefined) writer(value, write);
    }
  };
  return {
    length: columns.length,
    columns,
    numberColumns,
    fill(values, into) {
      into.fill(0);
      for (const column of numberColumns) into[column] = Number.NaN;
      writeAll(values, (column, number) => {
        into[column] = number;
      });
    },
    sparse(values) {
      const example = { columns: [] as number[], numbers: [] as number[] };
      writeAll(values, (column, number) => {
        example.columns.push(column);
        example.numbers.push(number);
      });
      return example;
    },
    columnsOf(name) {
      const span = spans.get(name);
      if (span === undefined) throw unknownFeature(name, [...spans.keys()]);
      return span;
    },
  };
}

function bad(message: string): FlywheelError {
  return new FlywheelError('BAD_INPUT', message);
}

function unknownFeature(name: string, known: readonly string[]): FlywheelError {
  return bad(`There is no feature ${name}; the model reads ${known.join(', ')}.`);
}

function numberOf(name: string, value: number | string | boolean): number {
  if (typeof value === 'string')
    throw bad(`The feature ${name} is a number; ${JSON.stringify(value)} is text.`);
  const number = Number(value);
  if (!(Math.abs(number) <= sizeMax))
    throw bad(`The feature ${name} is ${number}, not a number up to 1e100.`);
  return number;
}

/**
 * The hashing trick (K. Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", ICML 2009) with FNV-1a
 * (G. Fowler, L. C. Noll, K.-P. Vo) over UTF-16 units and the finaliser of MurmurHash3 (A. Appleby), without which the
 * low bits of short texts would be alike. A hash can be gone on with, so that what all texts begin with is hashed once.
 */
function fnv1a(from: number, text: string): number {
  let hash = from;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193);
    hash = Math.imul(hash ^ (unit >>> 8), 0x01000193);
  }
  return hash;
}

const fnvBasis = 0x811c9dc5;

function finalised(fnv: number): number {
  let hash = Math.imul(fnv ^ (fnv >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
