// Starts parts in order and stops them in reverse, each within its time, whatever happens on the way.

import { FlywheelError } from './errors.js';

export interface Part<T> {
  /** As an operator calls it: `database`. */
  readonly name: string;
  /** `signal` is aborted when a stop is asked for meanwhile; a part that starts slowly should then give up. */
  start(signal: AbortSignal): Promise<T> | T;
  stop?(value: T): Promise<void> | void;
  /** How long its stop is waited for (10,000 ms); then the next part's turn comes. */
  readonly stopTimeoutMs?: number;
}

export interface Lifecycle {
  /**
   * Starts the part and resolves to what it is. When it fails, nothing else is stopped: the caller decides, usually
   * by `stop`. Rejects with CANCELLED once a stop has been asked for.
   */
  start<T>(part: Part<T>): Promise<T>;
  /** Stops everything that was started, last first; never rejects, and a second call waits for the first. */
  stop(): Promise<void>;
}

export interface LifecycleDeps {
  /** Told of each part that did not stop well: it failed, or its time was over. */
  readonly onStopFault: (name: string, error: unknown) => void;
}

interface Started {
  readonly name: string;
  readonly stopTimeoutMs: number;
  readonly stop: () => Promise<void> | void;
}

const defaultStopTimeoutMs = 10_000;

export function createLifecycle({ onStopFault }: LifecycleDeps): Lifecycle {
  const started: Started[] = [];
  const cancellation = new AbortController();
  let starting: Promise<unknown> = Promise.resolve();
  let stopping: Promise<void> | undefined;

  async function startPart<T>(part: Part<T>): Promise<T> {
    if (cancellation.signal.aborted) throw stopAsked();
    const value = await part.start(cancellation.signal);
    started.push({
      name: part.name,
      stopTimeoutMs: part.stopTimeoutMs ?? defaultStopTimeoutMs,
      stop: () => part.stop?.(value),
    });
    // Started too late: `stop` is waiting for us, and will find it among the others.
    if (cancellation.signal.aborted) throw stopAsked();
    return value;
  }

  async function stopAll(): Promise<void> {
    cancellation.abort(stopAsked());
    await starting.catch(() => {});
    for (let part = started.pop(); part !== undefined; part = started.pop()) {
      try {
        await within(part.stopTimeoutMs, part);
      } catch (error) {
        onStopFault(part.name, error);
      }
    }
  }

  return {
    start(part) {
      const result = startPart(part);
      starting = result;
      return result;
    },
    stop() {
      stopping ??= stopAll();
      return stopping;
    },
  };
}

/**
 * Resolves as `work` does, but rejects with CANCELLED once a stop is asked for: for what may wait as long as something
 * else is away, and ends by itself when the parts beneath it are stopped.
 */
export function unlessStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(stopAsked());
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}

function stopAsked(): FlywheelError {
  return new FlywheelError('CANCELLED', 'The start was interrupted.');
}

async function within(timeoutMs: number, part: Started): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new FlywheelError('TIMEOUT', `${part.name} did not stop within ${timeoutMs} ms.`)),
      timeoutMs,
    );
  });
  try {
    await Promise.race([part.stop(), timeUp]);
  } finally {
    clearTimeout(timer);
  }
}
