// Reports faults without drumming: the same sentence is said again only after a while.

import { FlywheelError } from '../core/errors.js';

const againAfterMs = 10_000;

/** Passes a fault on unless its sentence was passed on in the last 10 s. */
export function createFaultReport(onFault: (error: unknown) => void): (error: unknown) => void {
  let lastSentence = '';
  let lastMs = 0;
  return (error) => {
    const sentence = error instanceof FlywheelError ? error.message : '';
    const nowMs = performance.now();
    if (sentence !== '' && sentence === lastSentence && nowMs - lastMs < againAfterMs) return;
    lastSentence = sentence;
    lastMs = nowMs;
    onFault(error);
  };
}
