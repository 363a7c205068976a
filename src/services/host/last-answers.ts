// The last good answer for each item of a service, for the time when it cannot be asked.

import { createHash } from 'node:crypto';
import { LruMap } from '../../warehouse/read/lru-map.js';
import type { KnownResult } from './method-shape.js';
import type { Reply } from './service-contract.js';

export interface LastAnswer {
  readonly result: unknown;
  readonly model: string | null;
  /** The JSON that the result was read from, where it came so. */
  readonly text: string | undefined;
}

/** What is remembered of the items of one call, and the answers to it. */
export interface CallMemory {
  /** The last answers for the items, in their order. */
  recall(): readonly (LastAnswer | undefined)[];
  /** Gives the results whose text says what the last one said. */
  readonly known: KnownResult;
  /** Remembers a reply whose texts, if it has any, went through `known`. */
  remember(reply: Reply): void;
}

export interface LastAnswers {
  /** Items are the same when their JSON is. */
  of(method: string, items: readonly unknown[]): CallMemory;
}

/** Longer texts, such as whole series, are told apart by their digest. */
const keyLengthMax = 200;

/** All answers of a service together: some tens of thousands of usual ones, or some hundreds of long forecasts. */
const bytesMax = 64 * 1024 * 1024;

/** Keeps the answers for the `limit` items that were used last. */
export function createLastAnswers(limit: number): LastAnswers {
  const answers = new LruMap<string, LastAnswer>(limit, bytesMax);
  return {
    of(method, items) {
      const keys = items.map((item) => keyOf(method, item));
      const texts: string[] = [];
      /** Of the last answers, those that were given again. */
      const given: (LastAnswer | undefined)[] = [];
      return {
        recall: () => keys.map((key) => answers.get(key)),
        known(place, text) {
          texts[place] = text;
          const last = answers.get(keys[place] ?? '');
          given[place] = last?.text === text ? last : undefined;
          return given[place];
        },
        remember({ model: ofAll, models, results }) {
          for (const [place, key] of keys.entries()) {
            const model = models?.[place] ?? ofAll;
            // Most services say the same again: to keep each answer anew would only be more to clear away.
            const last = given[place];
            if (last !== undefined && last.model === model) continue;
            const result = results[place];
            const text = texts[place];
            answers.set(key, { result, model, text }, bytesOf(result) + bytesOf(text));
          }
        },
      };
    },
  };
}

/** What a value of JSON takes in memory, roughly. */
function bytesOf(value: unknown): number {
  if (typeof value === 'string') return 16 + 2 * value.length;
  if (typeof value !== 'object' || value === null) return 8;
  let sum = 32;
  for (const member of Object.values(value)) sum += bytesOf(member);
  return sum;
}

function keyOf(method: string, item: unknown): string {
  const text = `${method} ${JSON.stringify(item)}`;
  return text.length <= keyLengthMax ? text : createHash('sha256').update(text).digest('base64');
}
