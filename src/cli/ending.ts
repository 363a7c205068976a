// What ends a command that serves: a person who asks for it, or a bug that nobody caught.

import { reportFailure } from './sentence.js';

/** A terminal sends Ctrl-C to npm and to us, and npm passes its own on: what comes at once is one request to stop. */
const sameRequestMs = 500;

/** The first request to stop is for an orderly end, the second for an end at once. */
export function onStopSignal(stop: () => void): { forget(): void } {
  let askedMs: number | undefined;
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const listener = () => {
    const nowMs = performance.now();
    if (askedMs === undefined) {
      askedMs = nowMs;
      console.error('\nStopping; once more stops at once.');
      stop();
    } else if (nowMs - askedMs > sameRequestMs) {
      process.exit(130);
    }
  };
  for (const signal of signals) process.on(signal, listener);
  return {
    forget() {
      for (const signal of signals) process.off(signal, listener);
    },
  };
}

/** After a bug that nobody caught, nothing is certain any more but that what is open should be closed. */
export function onBug(close: () => Promise<void>): void {
  const end = (error: unknown) => {
    reportFailure(error);
    void close().then(() => process.exit(1));
  };
  process.once('uncaughtException', end);
  process.once('unhandledRejection', end);
}
