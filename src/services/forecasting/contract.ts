// How a series goes on: what may be asked and what is answered.

import { z } from 'zod';
import { forecastMethods } from '../../math/forecast/methods.js';
import type { PeriodGrain } from '../../metrics/grain.js';
import type { Service } from '../host/service-contract.js';

/** Periods of one season for series of each grain: hours of a day, days of a week, and so on to years, which have none. */
export const seasons: Readonly<Record<PeriodGrain, number>> = {
  SECOND: 60,
  MINUTE: 60,
  HOUR: 24,
  DAY: 7,
  WEEK: 52,
  MONTH: 12,
  QUARTER: 4,
  YEAR: 1,
};

/** The longest series, season and horizon that are taken; AUTO looks back no further than ten seasons anyway. */
export const forecastBounds = { values: 20_000, period: 1_000, horizon: 1_000, levels: 10 } as const;

const count = (most: number) => z.number().int().min(1).max(most);

const item = z.object({
  /** The oldest first, one for each period; null where a period has none. */
  values: z.array(z.number().nullable()).max(forecastBounds.values),
  /** Periods of one season, 1 for none. */
  period: count(forecastBounds.period),
  /** Periods ahead. */
  horizon: count(forecastBounds.horizon),
  /** AUTO unless given. */
  method: z.enum(['auto', ...forecastMethods]).optional(),
  /** What the intervals are to hold, as shares between 0 and 1; one of .8 unless given. */
  levels: z.array(z.number().gt(0).lt(1)).max(forecastBounds.levels).optional(),
  /** What null means: a value that is not known, unless it is said that nothing happened. */
  gaps: z.enum(['unknown', 'zero']).optional(),
});

const result = z.object({
  /** For each period ahead. */
  mean: z.array(z.number()),
  /** In the order of the levels. */
  intervals: z.array(z.object({ level: z.number(), lower: z.array(z.number()), upper: z.array(z.number()) })),
  /** What was used, in words. */
  method: z.string(),
  /** One sentence that says why. */
  why: z.string(),
  /** What there is to know about the series and its forecast. */
  notes: z.array(z.object({ code: z.string(), message: z.string() })),
});

export type ForecastItem = z.infer<typeof item>;
export type ForecastResult = z.infer<typeof result>;

export const forecastingMethods = { forecast: { item, result } } as const;

/**
 * Forecasts series. Nothing is trained beforehand: the model that answers is the version of the methods themselves. The
 * baseline, while the service is away and nothing is remembered: the last value, with its interval.
 */
export type ForecastingService = Service<typeof forecastingMethods>;
