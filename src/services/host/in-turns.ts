// Works on a batch in turns with the other calls of a thread, so that none of them waits for all of it.

import { setImmediate } from 'node:timers/promises';
import { FlywheelError } from '../../core/errors.js';

/** Work of so long goes on at a stretch: a few customers, or many of whom the answer is remembered. */
const turnMs = 5;

/**
 * What `work` makes of each item, in their order. After a turn whatever else the thread has to do comes first; where the
 * signal was aborted by then, it ends there with CANCELLED. A batch of less than one turn does not pause.
 */
export async function inTurns<Item, Result>(
  items: readonly Item[],
  signal: AbortSignal | undefined,
  work: (item: Item) => Result,
): Promise<Result[]> {
  const results: Result[] = [];
  let untilMs = performance.now() + turnMs;
  for (const item of items) {
    if (performance.now() >= untilMs) {
      await setImmediate();
      if (signal?.aborted) throw new FlywheelError('CANCELLED', 'The answers were given up.');
      untilMs = performance.now() + turnMs;
    }
    results.push(work(item));
  }
  return results;
}
