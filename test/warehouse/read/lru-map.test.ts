// Holds that the map forgets in the order of use, by number and by weight.

import { describe, expect, it } from 'vitest';
import { LruMap } from '../../../src/warehouse/read/lru-map.js';

function keysOf(map: LruMap<string, number>): string {
  return ['a', 'b', 'c', 'd'].filter((key) => map.get(key) !== undefined).join('');
}

describe('a map that forgets', () => {
  it('forgets what was used least recently', () => {
    const map = new LruMap<string, number>(2);
    map.set('a', 1);
    map.set('b', 2);
    map.get('a');
    map.set('c', 3);
    expect(keysOf(map)).toBe('ac');
  });

  it('keeps what is used again and again among many, and forgets others', () => {
    const map = new LruMap<string, number>(100);
    map.set('kept', 0);
    for (let n = 1; n <= 1_000; n += 1) {
      map.set(String(n), n);
      if (n % 30 === 0) expect(map.get('kept')).toBe(0);
    }
    expect(map.size).toBe(100);
    expect(map.get('900')).toBeUndefined();
    expect(map.get('902')).toBe(902);
  });

  it('forgets until the weight fits', () => {
    const map = new LruMap<string, number>(10, 100);
    map.set('a', 1, 40);
    map.set('b', 2, 40);
    map.set('c', 3, 90);
    expect(keysOf(map)).toBe('c');
    map.set('c', 3, 10);
    map.set('a', 1, 90);
    expect(keysOf(map)).toBe('ac');
  });

  it('does not keep what is heavier than all that it may hold', () => {
    const map = new LruMap<string, number>(10, 100);
    map.set('a', 1, 101);
    expect(map.size).toBe(0);
    map.set('b', 2, 100);
    expect(keysOf(map)).toBe('b');
  });
});
