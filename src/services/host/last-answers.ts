// The last good answer for each item of a service, for the time when it cannot be asked.

import { createHash } from 'node:crypto';
import { LruMap } from '../../warehouse/read/lru-map.js';

export interface LastAnswer {
  readonly result: unknown;
  readonly model: string | null;
}

export interface LastAnswers {
  remember(method: string, item: unknown, answer: LastAnswer): void;
  recall(method: string, item: unknown): LastAnswer | undefined;
}

/** Longer texts, such as whole series, are told apart by their digest. */
const keyLengthMax = 200;

/** All answers of a service together: some tens of thousands of usual ones, or some hundreds of long forecasts. */
const bytesMax = 64 * 1024 * 1024;

/** Keeps the answers for the `limit` items that were used last. Items are the same when their JSON is. */
export function createLastAnswers(limit: number): LastAnswers {
  const answers = new LruMap<string, LastAnswer>(limit, bytesMax);
  return {
    remember: (method, item, answer) => answers.set(keyOf(method, item), answer, bytesOf(answer.result)),
    recall: (method, item) => answers.get(keyOf(method, item)),
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
