// From the key that a caller shows to the scope in which everything it asks is answered.

import { createHash, timingSafeEqual } from 'node:crypto';
import { openScope, type Role, type Scope } from '../core/scope.js';

export interface ApiKey {
  /** The caller's name, for logs and quotas. */
  readonly name: string;
  readonly role: Role;
  /** SHA-256 of the key, 64 hexadecimal digits; the gateway never holds the key itself. */
  readonly sha256: string;
}

export interface KeyRing {
  /** The scope of whoever shows this key; undefined when no such key is known. */
  scopeOf(key: string): Scope | undefined;
}

/**
 * Recognises keys by their digests, each compared in constant time. A key that was recognised once is found
 * again by one map lookup; unknown keys are not remembered, so the memory holds no more entries than there are keys.
 */
export function createKeyRing(keys: readonly ApiKey[]): KeyRing {
  const entries = keys.map(({ name, role, sha256 }) => ({
    digest: Buffer.from(sha256, 'hex'),
    // All keys see the same rows and columns, so they share the compiled statements of the open scope.
    scope: Object.freeze<Scope>({ key: openScope.key, principal: name, role }),
  }));
  const recognised = new Map<string, Scope>();

  function recognise(key: string): Scope | undefined {
    const digest = createHash('sha256').update(key).digest();
    let found: Scope | undefined;
    // No early exit: the time taken says nothing about which entry matched.
    for (const entry of entries) {
      if (timingSafeEqual(entry.digest, digest)) found ??= entry.scope;
    }
    if (found !== undefined) recognised.set(key, found);
    return found;
  }

  return { scopeOf: (key) => recognised.get(key) ?? recognise(key) };
}
