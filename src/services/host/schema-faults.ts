// Says in a sentence what is wrong with a value that a schema refused.

import type { z } from 'zod';

/** The first fault with its place, such as `3.customer: Invalid input: expected string, received number`. */
export function firstFault({ issues }: z.ZodError): string {
  const [issue] = issues;
  if (issue === undefined) return 'it does not have the shape of the contract';
  return issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`;
}
