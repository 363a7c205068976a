// Pauses between tries, which grow and can be cut short.

import { setTimeout as sleep } from 'node:timers/promises';
import { kafkaMeasures } from './kafka-options.js';

/** Waits before the try with that number (from 0): 100 ms, then half as much again each time, up to a second. */
export async function pauseBeforeRetry(tries: number, signal?: AbortSignal): Promise<void> {
  const { retryPauseMsMin, retryPauseMsMax } = kafkaMeasures;
  const pauseMs = Math.min(retryPauseMsMin * 1.5 ** tries, retryPauseMsMax);
  await sleep(pauseMs, undefined, signal === undefined ? {} : { signal }).catch(() => {});
}

/** Resolves when the work has ended, well or not, and at the latest after that time. */
export async function atMost(timeoutMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([
    work.then(
      () => {},
      () => {},
    ),
    over,
  ]);
  clearTimeout(timer);
}
