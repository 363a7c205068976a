// Says in a sentence what is wrong with a value that a schema refused.

import type { z } from 'zod';

/**
 * The first fault with its place, such as `3.customer: Invalid input: expected string, received number`; `within` is where
 * the value that was refused stands itself.
 */
export function firstFault({ issues }: z.ZodError, within: readonly PropertyKey[] = []): string {
  const [issue] = issues;
  if (issue === undefined) return 'it does not have the shape of the contract';
  const path = [...within, ...issue.path];
  return path.length === 0 ? issue.message : `${path.join('.')}: ${issue.message}`;
}
