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

/** Keeps the answers for the `limit` items that were used last. Items are the same when their JSON is. */
export function createLastAnswers(limit: number): LastAnswers {
  const answers = new LruMap<string, LastAnswer>(limit);
  return {
    remember: (method, item, answer) => answers.set(keyOf(method, item), answer),
    recall: (method, item) => answers.get(keyOf(method, item)),
  };
}

function keyOf(method: string, item: unknown): string {
  const text = `${method} ${JSON.stringify(item)}`;
  return text.length <= keyLengthMax ? text : createHash('sha256').update(text).digest('base64');
}
