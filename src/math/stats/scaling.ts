// Puts the columns of a table on one scale, and new rows on the same scale later.

import { columnMoments } from './column-moments.js';
import { rowCount } from './row-count.js';

export const scalingMethods = ['none', 'standard', 'log-standard'] as const;

/** `standard`: (x - mean) / deviation. `log-standard`: the same of ln(1 + max(x, 0)). `none`: x as it is. */
export type ScalingMethod = (typeof scalingMethods)[number];

/** What is kept of the rows that a scale was made from, to scale other rows alike. */
export interface Scale {
  readonly method: ScalingMethod;
  /** Of x, or of ln(1 + max(x, 0)), per column. */
  readonly means: Float64Array;
  /** Population standard deviation per column; 1 where a column never varied, so that it becomes 0. */
  readonly deviations: Float64Array;
}

/**
 * Makes the scale of a table that holds rows of `columns` numbers one after another; BAD_INPUT where it has no row or
 * a number that is not finite.
 */
export function fitScale(method: ScalingMethod, rows: Float64Array, columns: number): Scale {
  const { means, deviations } = columnMoments(method === 'log-standard' ? rows.map(toLog) : rows, columns);
  if (method === 'none') return { method, means: means.fill(0), deviations: deviations.fill(1) };
  return { method, means, deviations: deviations.map((deviation) => (deviation === 0 ? 1 : deviation)) };
}

/** Puts rows of the same columns on a scale; a new table. */
export function scaleRows({ method, means, deviations }: Scale, rows: Float64Array): Float64Array {
  rowCount(rows, means.length);
  const isLog = method === 'log-standard';
  return rows.map((value, at) => {
    const column = at % means.length;
    return ((isLog ? toLog(value) : value) - (means[column] ?? 0)) / (deviations[column] ?? 1);
  });
}

/** The way back: what `scaleRows` made of rows without negative numbers, to rounding. */
export function unscaleRows({ method, means, deviations }: Scale, rows: Float64Array): Float64Array {
  rowCount(rows, means.length);
  const isLog = method === 'log-standard';
  return rows.map((value, at) => {
    const column = at % means.length;
    const unscaled = value * (deviations[column] ?? 1) + (means[column] ?? 0);
    return isLog ? Math.expm1(unscaled) : unscaled;
  });
}

function toLog(value: number): number {
  return Math.log1p(Math.max(value, 0));
}
