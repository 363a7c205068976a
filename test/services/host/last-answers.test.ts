// Holds that last answers are told apart by their items, and that neither many nor large ones fill the memory.

import { expect, it } from 'vitest';
import { createLastAnswers, type LastAnswers } from '../../../src/services/host/last-answers.js';

const model = 'thing/1';

/** Answers one item by a method. */
function remember(answers: LastAnswers, method: string, item: unknown, result: unknown): void {
  answers.of(method, [item]).remember({ model, results: [result] });
}

/** The last answer for one item by a method. */
const recall = (answers: LastAnswers, method: string, item: unknown) =>
  answers.of(method, [item]).recall()[0]?.result;

it('recalls what was remembered of an item by a method, however long the item is', () => {
  const answers = createLastAnswers(10);
  const long = { values: Array.from({ length: 500 }, (_, place) => place) };
  remember(answers, 'one', { a: 1 }, 'a');
  remember(answers, 'one', long, 'long');
  expect(answers.of('one', [{ a: 1 }]).recall()).toEqual([{ result: 'a', model, text: undefined }]);
  expect(recall(answers, 'one', long)).toBe('long');
  expect(recall(answers, 'one', { values: [...long.values, 1] })).toBeUndefined();
  expect(recall(answers, 'other', { a: 1 })).toBeUndefined();
});

it('forgets what was used least recently, when there are too many', () => {
  const answers = createLastAnswers(2);
  for (const item of [1, 2]) remember(answers, 'one', item, item);
  recall(answers, 'one', 1);
  remember(answers, 'one', 3, 3);
  expect([1, 2, 3].map((item) => recall(answers, 'one', item))).toEqual([1, undefined, 3]);
});

it('holds no more large answers than fit into its memory', () => {
  const answers = createLastAnswers(10_000);
  const megabyte = () => Array.from({ length: 131_072 }, () => 0.5);
  for (let item = 0; item < 100; item += 1) remember(answers, 'one', item, megabyte());
  const kept = Array.from({ length: 100 }, (_, item) => item).filter(
    (item) => recall(answers, 'one', item) !== undefined,
  );
  expect(kept.at(-1)).toBe(99);
  expect(kept.length).toBeGreaterThan(50);
  expect(kept.length).toBeLessThan(70);
});

it('gives the result of a text that it knows, and remembers another model and another text', () => {
  const answers = createLastAnswers(10);
  const items = ['a', 'b'];
  const say = (model: string, texts: readonly string[]) => {
    const memory = answers.of('one', items);
    const results = texts.map((text, place) => memory.known(place, text)?.result ?? [text]);
    memory.remember({ model, results });
    return results;
  };
  const first = say('thing/1', ['1', '2']);
  const second = say('thing/2', ['1', '3']);
  expect(second).toEqual([['1'], ['3']]);
  expect(second[0]).toBe(first[0]);
  expect(answers.of('one', items).recall()).toEqual([
    { result: ['1'], model: 'thing/2', text: '1' },
    { result: ['3'], model: 'thing/2', text: '3' },
  ]);
});
