// Answers forecasts: each item of a batch by the methods as they are, what is remembered at once.

import { setImmediate } from 'node:timers/promises';
import { FlywheelError } from '../../core/errors.js';
import { checkItems } from '../host/check-items.js';
import type { Handler } from '../host/workshop-contract.js';
import { type ForecastItem, type ForecastResult, forecastingMethods } from './contract.js';
import { createForecastMemo } from './forecast-memo.js';

/**
 * The version of the methods, which is the model of every answer. It grows by one whenever a change makes any series
 * come out differently.
 */
const methodsVersion = 2;

/** How long the rest of a call that was given up is worked on. */
const finishMsMax = 5_000;

/**
 * Answers the methods of `forecastingMethods`. Items of another shape and unknown methods are BAD_INPUT. The same item
 * gives the same answer. A batch is worked on item by item, and other work gets its turn in between; there the signal
 * ends it. What was forecast until then is remembered, and the rest of the latest such call is forecast afterwards, for
 * five seconds at most and while no call is under way, so that it is there when it is asked for again.
 */
export function createForecastingHandler(memo = createForecastMemo()): Handler {
  let underWay = 0;
  let leftOver: readonly ForecastItem[] = [];

  async function forecast(items: readonly ForecastItem[], signal: AbortSignal): Promise<ForecastResult[]> {
    // What is remembered takes no turn: those of other calls may be long.
    const results = items.map((item) => memo.recall(item));
    underWay += 1;
    try {
      for (const [place, item] of items.entries()) {
        if (results[place] !== undefined) continue;
        if (signal.aborted) throw new FlywheelError('CANCELLED', 'The forecasts were cancelled.');
        results[place] = memo.forecast(item);
        await setImmediate();
      }
    } catch (error) {
      if (signal.aborted) finishLater(items.filter((_, place) => results[place] === undefined));
      throw error;
    } finally {
      underWay -= 1;
    }
    return results.flatMap((result) => result ?? []);
  }

  /** Takes the place of what was left over before. */
  function finishLater(items: readonly ForecastItem[]): void {
    leftOver = items;
    // What cannot be forecast says so to who asks for it again.
    finish(items).catch(() => undefined);
  }

  async function finish(items: readonly ForecastItem[]): Promise<void> {
    const untilMs = performance.now() + finishMsMax;
    try {
      for (const item of items) {
        do {
          await setImmediate();
          if (leftOver !== items || performance.now() > untilMs) return;
        } while (underWay > 0);
        memo.forecast(item);
      }
    } finally {
      if (leftOver === items) leftOver = [];
    }
  }

  return async (method, items, { signal }) => {
    if (method !== 'forecast') {
      throw new FlywheelError('BAD_INPUT', `There is no method ${method}; forecasting has forecast.`);
    }
    const results = await forecast(checkItems(forecastingMethods.forecast, items), signal);
    return { model: `forecasting/${methodsVersion}`, results };
  };
}
