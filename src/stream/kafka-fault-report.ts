// Reports faults without drumming: the same sentence is said again only after a while.

import { FlywheelError } from '../core/errors.js';

const againAfterMs = 10_000;

const sentencesMax = 50;

/** Passes a fault on unless its sentence was passed on in the last 10 s. */
export function createFaultReport(onFault: (error: unknown) => void): (error: unknown) => void {
  const saidAtMs = new Map<string, number>();
  return (error) => {
    if (error instanceof FlywheelError) {
      const nowMs = performance.now();
      const lastMs = saidAtMs.get(error.message);
      if (lastMs !== undefined && nowMs - lastMs < againAfterMs) return;
      if (saidAtMs.size >= sentencesMax) saidAtMs.clear();
      saidAtMs.set(error.message, nowMs);
    }
    onFault(error);
  };
}
