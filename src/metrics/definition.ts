// What a metric is: the shape of a definition, from which every engine derives its own query.

import type { Grain } from './grain.js';

/** A table of facts, seen as events: which field says when, and what is known of how its rows hang together. */
export interface FactSource {
  /** The Prisma model of the fact. */
  readonly model: string;
  /** The field that says when it happened. */
  readonly time: string;
  /** The field that says when it arrived in the warehouse. */
  readonly arrived: string;
  /** Which clock of the streams says how far its time has come; without one it cannot be kept live. */
  readonly clock?: 'behaviour' | 'measurement';
  /** A field that holds the day of `time` in UTC as a number such as 20111209; reports by day or longer are faster with it. */
  readonly dayNumber?: string;
  /** Rows that belong together, such as the lines of an invoice. It decides how fast a report is, never what it says. */
  readonly document?: {
    /** The fields that identify it. */
    readonly key: readonly string[];
    /** Fields that its rows nearly always have in common. */
    readonly shares: readonly string[];
  };
}

/** Which rows count: fields of the fact and the values that they must equal, all of them. */
export type RowFilter = Readonly<Record<string, string | number | boolean>>;

/**
 * How a value comes from rows. Each kind has a state that merges: sum and count add up, min and max
 * compare, distinct keeps the set of members, an average keeps sum and count, a ratio its two parts.
 */
export type Measure =
  | { readonly kind: 'sum'; readonly field: string; readonly negated?: boolean }
  | { readonly kind: 'count' }
  | { readonly kind: 'min' | 'max' | 'average'; readonly field: string }
  /** The number of distinct members; a member is known by all of the fields together, and none of them may be null. */
  | { readonly kind: 'distinct'; readonly fields: readonly string[] }
  /** One metric divided by another, rounded to six places; null when the divisor is zero. */
  | { readonly kind: 'ratio'; readonly numerator: string; readonly denominator: string };

/** Something that a metric can be cut by. */
export interface DimensionDefinition {
  /** The name in the API, in capitals. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly by:
    | {
        readonly kind: 'field';
        /** The to-one relations that lead from the fact to where the dimension stands; none when it stands on the fact itself. */
        readonly path: readonly string[];
        /** The field whose values are the keys. */
        readonly value: string;
        /** The field that names a key to people; without it the key names itself. */
        readonly label?: string;
      }
    /** A part of the event's time in the time zone of the report: 1 (Monday) to 7, or 0 to 23. */
    | { readonly kind: 'weekday' | 'hourOfDay' };
}

/** What the number counts: how it may be shown, and what it may be compared with. */
export type Unit =
  | 'MONEY'
  | 'UNITS'
  | 'COUNT'
  | 'RATIO'
  | 'MONEY_PER_ORDER'
  | 'UNITS_PER_ORDER'
  | 'MEASURED'
  | (string & {});

/** Windows in which a metric is kept live. */
export interface LiveCut {
  readonly every: Grain;
  /** The names of the dimensions it is cut by. */
  readonly by: readonly string[];
  /** The most members that a distinct count is kept of in one window; a window with more gives no count. */
  readonly membersMax: number;
}

/** The same dimensions in windows of several lengths. */
export function liveCuts(
  by: readonly DimensionDefinition[],
  grains: readonly Grain[],
  membersMax = 1_000_000,
): LiveCut[] {
  return grains.map((every) => ({ every, by: by.map(({ name }) => name), membersMax }));
}

export interface MetricDefinition {
  /** The name in the API, in capitals. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly unit: Unit;
  /** The facts it is computed from; a ratio states where its numerator comes from. */
  readonly source: FactSource;
  /** Which rows count; all of them when absent. */
  readonly where?: RowFilter;
  readonly measure: Measure;
  readonly dimensions: readonly DimensionDefinition[];
  readonly live?: readonly LiveCut[];
}

export interface Definitions {
  readonly metrics: readonly MetricDefinition[];
  /** Every dimension that some metric can be cut by, in the order of first mention. */
  readonly dimensions: readonly DimensionDefinition[];
  findMetric(name: string): MetricDefinition | undefined;
  findDimension(name: string): DimensionDefinition | undefined;
}

/** Collects metrics and the dimensions they bring; a name that is declared twice is a bug and throws. */
export function createDefinitions(metrics: readonly MetricDefinition[]): Definitions {
  const metricByName = new Map<string, MetricDefinition>();
  const dimensionByName = new Map<string, DimensionDefinition>();
  for (const metric of metrics) {
    if (metricByName.has(metric.name)) throw new Error(`The metric ${metric.name} is declared twice.`);
    metricByName.set(metric.name, metric);
    for (const dimension of metric.dimensions) {
      const known = dimensionByName.get(dimension.name);
      if (known && known !== dimension) throw new Error(`The dimension ${dimension.name} is declared twice.`);
      dimensionByName.set(dimension.name, dimension);
    }
  }
  for (const { name, measure } of metrics) {
    if (measure.kind !== 'ratio') continue;
    for (const part of [measure.numerator, measure.denominator]) {
      if (!metricByName.has(part))
        throw new Error(`The metric ${name} divides by ${part}, which is not declared.`);
    }
  }
  return {
    metrics,
    dimensions: [...dimensionByName.values()],
    findMetric: (name) => metricByName.get(name),
    findDimension: (name) => dimensionByName.get(name),
  };
}
