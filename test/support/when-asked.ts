// Suites on engines that take minutes: they run when they are asked for, with ENGINES=1.

import { describe } from 'vitest';

/**
 * Declares the suite with `declare`, such as `describeWithFlink`, when ENGINES=1; otherwise it is skipped and the reason
 * printed. `npm run engines` runs all of them.
 */
export function describeWhenAsked(
  declare: (title: string, suite: () => void) => void,
  title: string,
  suite: () => void,
): void {
  if (process.env.ENGINES === '1') {
    declare(title, suite);
    return;
  }
  console.warn(
    `Skipped "${title}": it takes minutes on engines; ENGINES=1 runs it, and so does npm run engines.`,
  );
  describe.skip(`${title} (runs with ENGINES=1)`, suite);
}
