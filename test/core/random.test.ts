import { describe, expect, it } from 'vitest';
import { createRandom, xoshiro128 } from '../../src/core/random.js';

describe('xoshiro128**', () => {
  it('gives the numbers of the authors’ reference program for the state 1, 2, 3, 4', () => {
    const next = xoshiro128([1, 2, 3, 4]);
    expect(Array.from({ length: 10 }, next)).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
  });
});

describe('a named stream', () => {
  const first = (seed: number, ...names: string[]) => {
    const random = names.reduce((parent, name) => parent.stream(name), createRandom(seed));
    return [random.uint32(), random.uint32(), random.uint32()];
  };

  it('gives the same numbers for the same seed and names, and others for any other', () => {
    expect(first(7, 'a', 'b')).toEqual(first(7, 'a', 'b'));
    const distinct = [
      first(7),
      first(8),
      first(7, 'a'),
      first(7, 'b'),
      first(7, 'a', 'b'),
      first(7, 'ab'),
      first(7, 'b', 'a'),
    ];
    expect(new Set(distinct.flat()).size).toBe(distinct.length * 3);
  });

  it('does not depend on what was drawn before', () => {
    const random = createRandom(1);
    const before = random.stream('x').uniform();
    random.uniform();
    expect(random.stream('x').uniform()).toBe(before);
  });
});

describe('uniform and integer', () => {
  it('spread evenly over their range', () => {
    const random = createRandom(3);
    const draws = 100_000;
    const counts = new Array<number>(10).fill(0);
    let sum = 0;
    let outside = 0;
    for (let draw = 0; draw < draws; draw += 1) {
      const face = random.integer(10);
      counts[face] = (counts[face] ?? 0) + 1;
      const u = random.uniform();
      if (u < 0 || u >= 1) outside += 1;
      sum += u;
    }
    expect(outside).toBe(0);
    // Chi-squared with 9 degrees of freedom is above 27.9 in one of a thousand cases.
    const chiSquared = counts.reduce((total, count) => total + (count - draws / 10) ** 2 / (draws / 10), 0);
    expect(chiSquared).toBeLessThan(27.9);
    expect(Math.abs(sum / draws - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / draws));
  });
});
