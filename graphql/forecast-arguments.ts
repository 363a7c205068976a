// How a forecast is asked for: its arguments, and what they may be.

import { FlywheelError } from '../src/core/errors.js';
import type { Grain } from '../src/metrics/grain.js';
import {
  type ForecastItem,
  type ForecastMethodName,
  forecastBounds,
  levelsByDefault,
} from '../src/services/forecasting/contract.js';
import { builder } from './builder.js';
import { checkCount } from './check-count.js';
import type { CostRule } from './cost.js';
import { forecastMethod } from './forecast-methods.js';

/** The arguments of every forecast beside its horizon. */
export const methodArguments = builder.args((t) => ({
  method: t.field({
    type: forecastMethod,
    required: true,
    defaultValue: 'auto',
    description: 'How it is forecast.',
  }),
  levels: t.floatList({
    required: true,
    defaultValue: [...levelsByDefault],
    description: `How sure the intervals are to be, each between 0 and 1: 0.95 is wider than 0.8. At most ${forecastBounds.levels}, and together with \`horizon\` at most ${forecastBounds.intervals} intervals.`,
  }),
}));

export const horizonDescription = `How many periods ahead, at most ${forecastBounds.horizon}.`;

export interface MethodArguments {
  readonly horizon: number;
  readonly method: ForecastMethodName;
  readonly levels: readonly number[];
}

/** What the values and intervals of a forecast count as: each is worked out, and goes over the line. */
export const answerCostRows: CostRule = (count) => count('horizon') * (1 + 2 * count('levels'));

function refuse(message: string): never {
  throw new FlywheelError('BAD_INPUT', message);
}

/** The grain; fails with BAD_INPUT unless it is one of those. */
export function checkGrain<Allowed extends Grain>(asked: Grain, allowed: readonly Allowed[]): Allowed {
  return (
    allowed.find((one) => one === asked) ??
    refuse(`Nothing is forecast by ${asked}; \`grain\` may be ${allowed.join(', ')}.`)
  );
}

/** The part of an item that does not depend on its series. Fails with BAD_INPUT where it is out of bounds. */
export function methodOf({
  horizon,
  method,
  levels,
}: MethodArguments): Omit<ForecastItem, 'values' | 'period'> {
  if (levels.length > forecastBounds.levels) {
    refuse(`\`levels\` takes at most ${forecastBounds.levels} entries, and these are ${levels.length}.`);
  }
  for (const level of levels) {
    if (level > 0 && level < 1) continue;
    refuse(
      `\`levels\` holds ${level}; each must be between 0 and 1, such as 0.8 for four times out of five.`,
    );
  }
  checkCount('horizon', horizon, forecastBounds.horizon);
  const intervals = horizon * levels.length;
  if (intervals > forecastBounds.intervals) {
    refuse(
      `A \`horizon\` of ${horizon} with ${levels.length} \`levels\` makes ${intervals} intervals, and at most ${forecastBounds.intervals} are answered; look less far ahead, or take fewer levels.`,
    );
  }
  return { horizon, method, levels: [...levels] };
}
