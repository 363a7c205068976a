// Forecasts that were made, so that nothing is forecast twice: the same item has the same answer.

import { createHash } from 'node:crypto';
import { LruMap } from '../../warehouse/read/lru-map.js';
import type { ForecastItem, ForecastResult } from './contract.js';
import { forecastItem } from './forecast-item.js';

export interface ForecastMemo {
  /** The answer for an item, if it is remembered. */
  recall(item: ForecastItem): ForecastResult | undefined;
  /** The answer for an item, which is made if need be and remembered. */
  forecast(item: ForecastItem): ForecastResult;
}

export interface MemoBounds {
  readonly answers: number;
  /** Of all answers together, about. */
  readonly bytes: number;
}

/** Room for the weekly forecasts of a large catalogue, or for the largest answers that may be asked for, a hundred times. */
const usualBounds: MemoBounds = { answers: 20_000, bytes: 32 * 1024 * 1024 };

/** What an answer takes beside its numbers and its sentences. */
const answerBytes = 1_000;

/** Keeps the answers that were used last. Items are the same when their JSON is. */
export function createForecastMemo(bounds: MemoBounds = usualBounds): ForecastMemo {
  const answers = new LruMap<string, ForecastResult>(bounds.answers, bounds.bytes);
  return {
    recall: (item) => answers.get(keyOf(item)),
    forecast(item) {
      const key = keyOf(item);
      const known = answers.get(key);
      if (known !== undefined) return known;
      const made = forecastItem(item);
      answers.set(key, made, bytesOf(made));
      return made;
    },
  };
}

function keyOf(item: ForecastItem): string {
  return createHash('sha256').update(JSON.stringify(item)).digest('base64');
}

function bytesOf({ mean, intervals, method, why, notes }: ForecastResult): number {
  const numbers = mean.length * (1 + 2 * intervals.length);
  const letters = notes.reduce((sum, { message }) => sum + message.length, method.length + why.length);
  return answerBytes + 8 * numbers + 2 * letters;
}
