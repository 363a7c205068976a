// The watch of the log: it answers at once, by what the log said last.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, expect, it, vi } from 'vitest';
import { createLogWatch } from '../../src/pipeline/log-watch.js';

afterEach(() => {
  vi.useRealTimers();
});

it('does not trust a log that has not answered, that failed, or that answers no more', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  let answer: () => Promise<void> = () => Promise.resolve();
  const isWell = createLogWatch({ check: () => answer() });
  expect(isWell()).toBe(false);
  await nextTurn();
  expect(isWell()).toBe(true);

  answer = () => Promise.reject(new Error('away'));
  vi.advanceTimersByTime(1_500);
  expect(isWell()).toBe(true);
  await nextTurn();
  expect(isWell()).toBe(false);

  answer = () => Promise.resolve();
  vi.advanceTimersByTime(1_500);
  isWell();
  await nextTurn();
  expect(isWell()).toBe(true);

  answer = () => new Promise(() => {});
  vi.advanceTimersByTime(4_500);
  expect(isWell()).toBe(false);
});
