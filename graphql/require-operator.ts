// What only an operator may do.

import { FlywheelError } from '../src/core/errors.js';
import type { Scope } from '../src/core/scope.js';

/** Fails with FORBIDDEN for every other role; `what` completes "to …". */
export function requireOperator({ role }: Scope, what: string): void {
  if (role === 'operator') return;
  throw new FlywheelError(
    'FORBIDDEN',
    `This key has the role ${role}; to ${what}, use a key with the role operator.`,
  );
}
