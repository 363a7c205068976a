// Waiting that can be cut short, and pauses that grow while something keeps failing.

/** Resolves after that time, or at once when `signal` is aborted; never rejects. */
export function pause(durationMs: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, durationMs);
    signal?.addEventListener('abort', end, { once: true });
  });
}

export interface Backoff {
  /** Waits longer each time, up to the most; cut short by the signal. */
  wait(signal?: AbortSignal): Promise<void>;
  /** Begins again with the shortest pause. */
  reset(): void;
}

/** Pauses that double from 50 ms up to a second, unless told otherwise. */
export function createBackoff(firstMs = 50, mostMs = 1_000): Backoff {
  let nextMs = firstMs;
  return {
    wait(signal) {
      const durationMs = nextMs;
      nextMs = Math.min(nextMs * 2, mostMs);
      return pause(durationMs, signal);
    },
    reset() {
      nextMs = firstMs;
    },
  };
}
