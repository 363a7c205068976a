// Holds that last answers are told apart by their items, and that neither many nor large ones fill the memory.

import { expect, it } from 'vitest';
import { createLastAnswers } from '../../../src/services/host/last-answers.js';

const answer = (result: unknown) => ({ result, model: 'thing/1' });

it('recalls what was remembered of an item by a method, however long the item is', () => {
  const answers = createLastAnswers(10);
  const long = { values: Array.from({ length: 500 }, (_, place) => place) };
  answers.remember('one', { a: 1 }, answer('a'));
  answers.remember('one', long, answer('long'));
  expect(answers.recall('one', { a: 1 })).toEqual(answer('a'));
  expect(answers.recall('one', long)).toEqual(answer('long'));
  expect(answers.recall('one', { values: [...long.values, 1] })).toBeUndefined();
  expect(answers.recall('other', { a: 1 })).toBeUndefined();
});

it('forgets what was used least recently, when there are too many', () => {
  const answers = createLastAnswers(2);
  for (const item of [1, 2]) answers.remember('one', item, answer(item));
  answers.recall('one', 1);
  answers.remember('one', 3, answer(3));
  expect([1, 2, 3].map((item) => answers.recall('one', item)?.result)).toEqual([1, undefined, 3]);
});

it('holds no more large answers than fit into its memory', () => {
  const answers = createLastAnswers(10_000);
  const megabyte = () => Array.from({ length: 131_072 }, () => 0.5);
  for (let item = 0; item < 100; item += 1) answers.remember('one', item, answer(megabyte()));
  const kept = Array.from({ length: 100 }, (_, item) => item).filter(
    (item) => answers.recall('one', item) !== undefined,
  );
  expect(kept.at(-1)).toBe(99);
  expect(kept.length).toBeGreaterThan(50);
  expect(kept.length).toBeLessThan(70);
});
