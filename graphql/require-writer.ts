// What a key that may only read may not do.

import { FlywheelError } from '../src/core/errors.js';
import type { Scope } from '../src/core/scope.js';

/** Fails with FORBIDDEN for the role reader; `what` completes "to …". */
export function requireWriter({ role }: Scope, what: string): void {
  if (role !== 'reader') return;
  throw new FlywheelError(
    'FORBIDDEN',
    `This key has the role reader; to ${what}, use a key with the role writer or operator.`,
  );
}
