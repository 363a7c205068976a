// Holds that remembered answers are those of one reading, and have a size that they never exceed together.

import { expect, it } from 'vitest';
import { createAnswers } from '../../../src/services/recommendation/answers.js';

const answerOf = (count: number) => ({
  items: Array.from({ length: count }, (_, place) => ({ product: `P${place}`, score: place, because: [] })),
});

it('gives an answer again for the same question about the same reading', () => {
  const answers = createAnswers();
  const answer = answerOf(3);
  answers.remember(1, '3 AUTO false', answer);
  expect(answers.get(1, '3 AUTO false')).toBe(answer);
  expect(answers.get(1, '3 AUTO true')).toBeUndefined();
  expect(answers.get(2, '3 AUTO false')).toBeUndefined();
});

it('holds no more products than it may, of all customers together, and forgets what was used least recently', () => {
  const answers = createAnswers(1_000);
  const readings = Array.from({ length: 40 }, (_, reading) => reading);
  const held = () => readings.filter((reading) => answers.get(reading, '100') !== undefined);
  for (const reading of readings) {
    answers.remember(reading, '100', answerOf(100));
    answers.get(0, '100');
  }
  // An answer weighs a little more than its products.
  expect(held()).toEqual([0, 32, 33, 34, 35, 36, 37, 38, 39]);
  // Answers without products are not held for nothing.
  for (const reading of Array.from({ length: 1_000 }, (_, place) => 100 + place))
    answers.remember(reading, '100', answerOf(0));
  expect(held()).toEqual([]);
  expect(answers.get(100, '100')).toBeUndefined();
  expect(answers.get(1_099, '100')).toEqual({ items: [] });
});
