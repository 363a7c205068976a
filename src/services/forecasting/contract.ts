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

/** The methods that may be asked for; `auto` chooses among them or combines them. */
export const forecastMethodNames = ['auto', ...forecastMethods] as const;

export type ForecastMethodName = (typeof forecastMethodNames)[number];

/** The largest number, and the longest series, season and horizon that are taken; AUTO looks back ten seasons anyway. */
export const forecastBounds = {
  size: 1e15,
  values: 20_000,
  period: 1_000,
  horizon: 1_000,
  levels: 10,
  /** The horizon times the levels: so many intervals are answered. */
  intervals: 2_000,
} as const;

/** What the intervals are to hold where nothing is said. */
export const levelsByDefault: readonly number[] = [0.8];

const count = (most: number) => z.number().int().min(1).max(most);

const item = z
  .object({
    values: z
      .array(z.number().min(-forecastBounds.size).max(forecastBounds.size).nullable())
      .max(forecastBounds.values)
      .describe('One for each period, the oldest first; null where a period has none.'),
    period: count(forecastBounds.period).describe('Periods of one season, 1 for none.'),
    horizon: count(forecastBounds.horizon).describe('Periods ahead.'),
    method: z.enum(forecastMethodNames).optional().describe('auto unless given.'),
    levels: z
      .array(z.number().gt(0).lt(1))
      .max(forecastBounds.levels)
      .optional()
      .describe('What the intervals are to hold, as shares; one interval of 0.8 unless given.'),
    gaps: z
      .enum(['unknown', 'zero'])
      .optional()
      .describe('What null means: a value that is not known (unless given), or that nothing happened.'),
  })
  .refine(
    ({ horizon, levels = levelsByDefault }) => horizon * levels.length <= forecastBounds.intervals,
    `the horizon times the number of levels must not be above ${forecastBounds.intervals}`,
  )
  .describe('How a series goes on');

const result = z.object({
  mean: z.array(z.number()).describe('For each period ahead.'),
  intervals: z
    .array(z.object({ level: z.number(), lower: z.array(z.number()), upper: z.array(z.number()) }))
    .describe('In the order of the levels.'),
  method: z.string().describe('What was used, in words.'),
  why: z.string().describe('One sentence that says why.'),
  notes: z
    .array(z.object({ code: z.string(), message: z.string() }))
    .describe('What there is to know about the series and its forecast.'),
});

export type ForecastItem = z.infer<typeof item>;
export type ForecastResult = z.infer<typeof result>;

export const forecastingMethods = { forecast: { item, result } } as const;

/** What the service is for, and its baseline. */
export const forecastingDescription =
  'Forecasts series. Nothing is trained beforehand: the model that answers is the version of the methods themselves. While it is away or late and nothing is remembered, the last value is the forecast.';

export type ForecastingService = Service<typeof forecastingMethods>;
