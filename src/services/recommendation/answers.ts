// What customers were recommended since they were last read, so that the same question is not worked out again.

import { LruMap } from '../../warehouse/read/lru-map.js';
import type { ScoredProducts } from './contract.js';

export interface Answers {
  /** The answer to a question about a customer as one reading found them. */
  get(reading: number, question: string): ScoredProducts | undefined;
  remember(reading: number, question: string, answer: ScoredProducts): void;
}

/** A product takes 150 bytes of an answer, with its reasons, and 80 of what is written of it: 90 MB in all. */
const productsMax = 400_000;

/** What an answer takes beside its products, in products. */
const answerWeight = 2;

/** Keeps the answers that were used last, of all customers together; of an older reading they are not asked for again. */
export function createAnswers(weightMax = productsMax): Answers {
  const remembered = new LruMap<string, ScoredProducts>(Number.POSITIVE_INFINITY, weightMax);
  const keyOf = (reading: number, question: string) => `${reading} ${question}`;
  return {
    get: (reading, question) => remembered.get(keyOf(reading, question)),
    remember(reading, question, answer) {
      remembered.set(keyOf(reading, question), answer, answerWeight + answer.items.length);
    },
  };
}
