import { describe, expect, it } from 'vitest';
import { murmur2, partitionOfKey } from '../../src/stream/partition-of-key.js';

describe('partition of a key', () => {
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('hashes %s as the clients of Kafka do', (key, hash) => {
    expect(murmur2(Buffer.from(key))).toBe(hash);
  });

  it('lies among the partitions, also for an empty key and for bytes above 127', () => {
    for (const key of ['', 'ü', '🧀🧀', 'a', 'ab', 'abcd', 'abcde']) {
      const partition = partitionOfKey(Buffer.from(key), 7);
      expect(partition).toBeGreaterThanOrEqual(0);
      expect(partition).toBeLessThan(7);
    }
  });
});
