// What a report is asked for and what it answers.

import type { Condition } from '../warehouse/read/condition.js';
import type { Grain } from './grain.js';

export type Comparison = 'PREVIOUS_PERIOD' | 'PREVIOUS_YEAR';

/** Keeps the rows whose value meets every comparison; a value that is null meets none. Decimals travel as text. */
export interface MetricCondition {
  readonly metric: string;
  readonly equals?: string | null | undefined;
  readonly gt?: string | null | undefined;
  readonly gte?: string | null | undefined;
  readonly lt?: string | null | undefined;
  readonly lte?: string | null | undefined;
}

/** Exactly one of `metric`, `dimension` and `at`. */
export interface ReportOrder {
  readonly metric?: string | null | undefined;
  readonly dimension?: string | null | undefined;
  readonly at?: boolean | null | undefined;
  readonly direction: 'ASC' | 'DESC';
}

export interface ReportRequest {
  readonly metrics: readonly string[];
  /** The first moment that counts; from the beginning when absent. */
  readonly from?: Date | null | undefined;
  /** The first moment that no longer counts; to the end when absent. */
  readonly to?: Date | null | undefined;
  /** How long a period is; ALL, the default, makes one of the whole range. */
  readonly grain?: Grain | null | undefined;
  readonly by?: readonly string[] | null | undefined;
  /** What the facts must meet, over the fields and relations of their model. */
  readonly filter?: Condition | null | undefined;
  readonly having?: readonly MetricCondition[] | null | undefined;
  readonly orderBy?: readonly ReportOrder[] | null | undefined;
  /** How many rows are given (10,000, which is also the most). */
  readonly first?: number | null | undefined;
  /** An IANA name (UTC). */
  readonly timeZone?: string | null | undefined;
  readonly fill?: boolean | null | undefined;
  readonly compare?: Comparison | null | undefined;
}

/** Which parts of the answer are wanted; what nobody reads is not computed. */
export interface ReportParts {
  readonly rows: boolean;
  readonly totals: boolean;
  readonly freshness: boolean;
}

export interface DimensionKey {
  readonly dimension: string;
  /** Null where the dimension is unknown, such as the customer of a guest. */
  readonly value: string | null;
  readonly label: string | null;
}

/** Values are exact decimals as text, without trailing zeros, of at most 15 significant digits. */
export interface MetricValue {
  readonly metric: string;
  readonly value: string | null;
  /** The value of the period that it is compared with; null without a comparison. */
  readonly previous: string | null;
}

export interface ReportRow {
  /** When the period begins; null for the grain ALL. */
  readonly at: Date | null;
  /** In the order of `by`. */
  readonly keys: readonly DimensionKey[];
  /** In the order of `metrics`. */
  readonly values: readonly MetricValue[];
}

export interface Freshness {
  /** When the newest fact happened; null when there is none. */
  readonly newest: Date | null;
  /** When that fact arrived in the warehouse. */
  readonly arrived: Date | null;
}

export interface Report {
  readonly rows: readonly ReportRow[];
  /** Over everything that the filter and the range match, whatever `having` and `first` leave out. */
  readonly totals: readonly MetricValue[];
  readonly freshness: Freshness;
  /** True when there are more rows than were given. */
  readonly truncated: boolean;
}

/** The most rows that a report gives, and the most that filling may make. */
export const reportRowsMax = 10_000;
