// Holds that what was read of customers is used again, for so long, and that those read together are not all read anew at once.

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createMarkedMemory } from '../../../src/services/host/marked-memory.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const codes = Array.from({ length: 10 }, (_, n) => `C${n}`);

it('gives what is held until it is too old, of some sooner than of others', () => {
  const memory = createMarkedMemory<number>(100);
  const readMs = performance.now();
  for (const [place, code] of codes.entries()) {
    memory.hold(code, { value: place, mark: `m${place}` }, { readMs, place, count: codes.length });
  }
  const heldAfter = (ms: number) => {
    vi.setSystemTime(0);
    vi.advanceTimersByTime(ms);
    return memory.held([...codes, 'nobody']).size;
  };
  expect(memory.held(['C3', 'nobody'])).toEqual(
    new Map([['C3', expect.objectContaining({ value: 3, mark: 'm3' })]]),
  );
  expect(heldAfter(329_000)).toBe(10);
  // The last of ten is held for 600 s less nine twentieths of that, and so on: 330, 360, … 600 s.
  expect(heldAfter(2_000)).toBe(9);
  expect(heldAfter(134_000)).toBe(5);
  expect(heldAfter(134_000)).toBe(1);
  expect(heldAfter(2_000)).toBe(0);
});

it('forgets by number and by weight', () => {
  const memory = createMarkedMemory<number>(2, 10);
  const read = { readMs: performance.now(), place: 0, count: 1 };
  for (const code of ['a', 'b', 'c']) memory.hold(code, { value: 1, mark: '' }, read, 1);
  expect([...memory.held(['a', 'b', 'c']).keys()]).toEqual(['b', 'c']);
  memory.hold('d', { value: 1, mark: '' }, read, 10);
  expect([...memory.held(['a', 'b', 'c', 'd']).keys()]).toEqual(['d']);
});
