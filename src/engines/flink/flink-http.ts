// Asks one of Flink's two doors: JSON over HTTP, each answer within a time and until nobody waits for it.

import { FlywheelError } from '../../core/errors.js';
import { parsedJson } from '../../core/parsed-json.js';

export interface FlinkDoorDeps {
  /** What it is called in sentences, such as "Flink's SQL gateway". */
  readonly name: string;
  readonly url: string;
  /** The setting that holds the address. */
  readonly setting: string;
}

export interface FlinkRequest {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Begins with a slash; what the address has as a path stands before it. */
  readonly path: string;
  readonly body?: unknown;
  readonly signal: AbortSignal;
  /** How long the answer may take (10,000 ms). */
  readonly timeoutMs?: number;
}

export interface FlinkAnswer {
  /** Below 500, or whatever Flink says of a fault of its own. */
  readonly status: number;
  /** Undefined where the answer is not JSON. */
  readonly content: unknown;
  /** The answer as it came. */
  readonly text: string;
}

/** Rejects with UNAVAILABLE when the door cannot be reached, TIMEOUT when it is late, CANCELLED when given up. */
export type FlinkDoor = (request: FlinkRequest) => Promise<FlinkAnswer>;

/** No connection is kept open: one that a dead Flink left behind would fail a call that need not fail. */
export function createFlinkDoor({ name, url, setting }: FlinkDoorDeps): FlinkDoor {
  const base = url.replace(/\/+$/, '');
  const advice = `see that it runs, and that ${setting} is its address`;
  return async ({ method = 'GET', path, body, signal, timeoutMs = 10_000 }) => {
    const over = new AbortController();
    const giveUp = () => over.abort();
    const timer = setTimeout(giveUp, timeoutMs);
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      const response = await fetch(`${base}${path}`, {
        method,
        headers: { 'content-type': 'application/json', connection: 'close' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: over.signal,
      });
      const text = await response.text();
      return { status: response.status, content: parsedJson(text), text };
    } catch (error) {
      if (signal.aborted) throw new FlywheelError('CANCELLED', `What ${name} was asked was given up.`);
      if (over.signal.aborted) {
        const fault = `${name} at ${base} has not answered within ${timeoutMs} ms; ${advice}.`;
        throw new FlywheelError('TIMEOUT', fault, { cause: error });
      }
      const fault = `${name} cannot be reached at ${base}; ${advice}.`;
      throw new FlywheelError('UNAVAILABLE', fault, { cause: error });
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
    }
  };
}
