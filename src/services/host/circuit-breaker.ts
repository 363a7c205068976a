// A circuit breaker: a service that keeps failing is left alone for a while, then tried with one call.

import type { Clock } from '../../core/clock.js';

export interface BreakerSettings {
  /** So many failures in a row open it (5). */
  readonly failuresMax?: number;
  /** How long it first stays open (500 ms); twice as long each time that the trial fails. */
  readonly openMs?: number;
  /** The longest that it stays open (15,000 ms). */
  readonly openMsMax?: number;
}

/** `half-open`: one call is under way that decides whether it closes. */
export type BreakerState = 'closed' | 'open' | 'half-open';

/** A call that was let in; it must end in exactly one of these ways. */
export interface Admission {
  succeeded(): void;
  failed(): void;
  /** It says nothing of the service, such as a call that its caller gave up. */
  undecided(): void;
}

export interface CircuitBreaker {
  /** Undefined: do not call. */
  admit(): Admission | undefined;
  state(): BreakerState;
}

/** M. Nygard, Release It! (2007), with a pause that doubles. Calls that began before it opened decide nothing any more. */
export function createCircuitBreaker(
  clock: Clock,
  { failuresMax = 5, openMs = 500, openMsMax = 15_000 }: BreakerSettings = {},
): CircuitBreaker {
  let state: BreakerState = 'closed';
  let failures = 0;
  let pauseMs = openMs;
  let openUntilMs = 0;

  function open(): void {
    state = 'open';
    openUntilMs = clock.nowMs() + pauseMs;
    pauseMs = Math.min(pauseMs * 2, openMsMax);
  }

  const ordinary: Admission = {
    succeeded() {
      if (state === 'closed') failures = 0;
    },
    failed() {
      if (state !== 'closed') return;
      failures += 1;
      if (failures >= failuresMax) open();
    },
    undecided() {},
  };

  const trial: Admission = {
    succeeded() {
      state = 'closed';
      failures = 0;
      pauseMs = openMs;
    },
    failed: open,
    undecided() {
      // The next call is the trial then, at once.
      state = 'open';
    },
  };

  return {
    admit() {
      if (state === 'closed') return ordinary;
      if (state === 'half-open' || clock.nowMs() < openUntilMs) return undefined;
      state = 'half-open';
      return trial;
    },
    state: () => state,
  };
}
