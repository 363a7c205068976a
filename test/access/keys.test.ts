// A key opens the scope of its owner, and nothing else opens anything.

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createKeyRing } from '../../src/access/keys.js';

const sha256 = (key: string) => createHash('sha256').update(key).digest('hex');

const ring = createKeyRing([
  { name: 'board', role: 'reader', sha256: sha256('first key') },
  { name: 'etl', role: 'writer', sha256: sha256('second key') },
]);

describe('key ring', () => {
  it('knows the owner of a key, the first time and every time after', () => {
    for (let time = 0; time < 3; time += 1) {
      expect(ring.scopeOf('first key')).toMatchObject({ principal: 'board', role: 'reader' });
      expect(ring.scopeOf('second key')).toMatchObject({ principal: 'etl', role: 'writer' });
    }
    expect(ring.scopeOf('first key')).toBe(ring.scopeOf('first key'));
  });

  it.each(['', 'first key ', 'First key', sha256('first key'), 'first key\0', '__proto__'])(
    'does not know %j',
    (key) => {
      expect(ring.scopeOf(key)).toBeUndefined();
    },
  );

  it('hands out scopes that nobody can change', () => {
    expect(Object.isFrozen(ring.scopeOf('first key'))).toBe(true);
  });

  it('opens nothing when it holds no key', () => {
    expect(createKeyRing([]).scopeOf('')).toBeUndefined();
  });
});
