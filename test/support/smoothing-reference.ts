// Reads the reference fits of exponential smoothing.

import { readFileSync } from 'node:fs';
import type { SmoothingForm } from '../../src/math/forecast/smoothing-model.js';

export interface ReferenceFit {
  readonly alpha: number | null;
  readonly beta: number | null;
  readonly gamma: number | null;
  readonly phi: number | null;
  readonly l0: number;
  readonly b0: number | null;
  readonly s0: readonly number[];
  readonly sse: number;
  readonly aicc: number;
  readonly forecast: readonly number[];
  /** What the recursion gives where the reference's own forecast is a season out of date. */
  readonly forecast_recursion?: readonly number[];
  readonly best_fit?: ReferenceFit;
  readonly best_sse_known: number;
  readonly aicc_k: number;
}

export interface ReferenceEts {
  readonly params: Readonly<Record<string, number>>;
  readonly mse_sigma2: number;
  readonly forecast: readonly number[];
  readonly forecast_variance?: readonly number[];
  readonly lo80: readonly number[];
  readonly hi80: readonly number[];
}

export interface ReferenceTheta {
  readonly b0: number;
  readonly alpha: number;
  readonly forecast: readonly number[];
}

interface ReferenceSeries {
  readonly period: number;
  readonly y: readonly number[];
  readonly holt_winters: Readonly<Record<string, ReferenceFit>>;
  readonly ets: Readonly<Record<string, ReferenceEts>>;
  readonly theta: ReferenceTheta;
  readonly intermittent?: Readonly<Record<string, { readonly forecast: number }>>;
}

const forms: Readonly<Record<string, Omit<SmoothingForm, 'period'>>> = {
  ses: { trend: 'none', season: 'none' },
  holt: { trend: 'additive', season: 'none' },
  damped: { trend: 'damped', season: 'none' },
  hw_additive: { trend: 'additive', season: 'additive' },
  hw_multiplicative: { trend: 'additive', season: 'multiplicative' },
  hw_damped_multiplicative: { trend: 'damped', season: 'multiplicative' },
};

export function readSmoothingReference(path: string): Readonly<Record<string, ReferenceSeries>> {
  const parsed: { readonly series: Readonly<Record<string, ReferenceSeries>> } = JSON.parse(
    readFileSync(path, 'utf8'),
  );
  return parsed.series;
}

/** Every fit of the reference with its series: [what it is, form, values, fit]. */
export function referenceFits(path: string): [string, SmoothingForm, Float64Array, ReferenceFit][] {
  return Object.entries(readSmoothingReference(path)).flatMap(([name, series]) =>
    Object.entries(series.holt_winters).map(
      ([method, fit]): [string, SmoothingForm, Float64Array, ReferenceFit] => {
        const form = forms[method];
        if (form === undefined)
          throw new Error(`The reference has a form that this test does not know: ${method}`);
        const period = form.season === 'none' ? 1 : series.period;
        return [`${name}, ${method}`, { ...form, period }, Float64Array.from(series.y), fit];
      },
    ),
  );
}
