// A service as its callers see it: checked both ways, answered in time, and degraded instead of failed.

import { FlywheelError } from '../../core/errors.js';
import { type BreakerSettings, createCircuitBreaker } from './circuit-breaker.js';
import { createLastAnswers } from './last-answers.js';
import { createMethodShape, type MethodShape } from './method-shape.js';
import type {
  Answer,
  CallOptions,
  Carry,
  ItemOf,
  Methods,
  Reply,
  ResultOf,
  Service,
} from './service-contract.js';
import { withinDeadline } from './within-deadline.js';

/** What is answered for items that nothing else is known of, at once and from what is at hand. */
export type Baselines<M extends Methods> = {
  readonly [Name in keyof M]: (items: readonly ItemOf<M[Name]>[]) => readonly (ResultOf<M[Name]> | null)[];
};

/** How a call ended: `open` was not made, because the circuit breaker is open; `wrong` was answered in a wrong shape. */
export type CallOutcome = 'ok' | 'refused' | 'unavailable' | 'timeout' | 'wrong' | 'cancelled' | 'open';

export interface ObservedCall {
  readonly method: string;
  readonly outcome: CallOutcome;
  readonly durationMs: number;
  /** Why it did not end well. */
  readonly error?: unknown;
}

export interface ServiceClientDeps<M extends Methods> {
  readonly service: string;
  readonly methods: M;
  readonly carry: Carry;
  readonly baselines: Baselines<M>;
  /** How long an answer may take, unless a call says otherwise (300 ms). */
  readonly deadlineMs?: number;
  /** For how many items the last good answer is kept (10,000). */
  readonly answersMax?: number;
  readonly breaker?: BreakerSettings;
  readonly onCall?: (call: ObservedCall) => void;
}

/**
 * A call is rejected with BAD_INPUT, when its items or what the service says of them is wrong, and never otherwise. A
 * degraded answer names a model only when all of it was once answered by that one.
 */
export function createServiceClient<M extends Methods>(deps: ServiceClientDeps<M>): Service<M>;
export function createServiceClient(deps: ServiceClientDeps<Methods>): Service<Methods> {
  const { service, methods, carry, baselines, deadlineMs: usualMs = 300, onCall } = deps;
  const lastAnswers = createLastAnswers(deps.answersMax ?? 10_000);
  const breaker = createCircuitBreaker({ nowMs: () => performance.now() }, deps.breaker);

  function degrade(name: string, items: readonly unknown[]): Answer<unknown> {
    const recalled = items.map((item) => lastAnswers.recall(name, item));
    const unknown = items.filter((_, place) => recalled[place] === undefined);
    const spare = unknown.length === 0 ? [] : (baselines[name]?.(unknown) ?? []);
    let used = 0;
    const results = recalled.map((last) => (last === undefined ? (spare[used++] ?? null) : last.result));
    const models = new Set(recalled.map((last) => last?.model ?? null));
    const [model = null] = models.size === 1 ? models : [];
    return { results, model, degraded: true };
  }

  /** Asks the service, and tells the circuit breaker how it went. Rejects when there is no good answer. */
  async function ask(shape: MethodShape, items: readonly unknown[], options: CallOptions): Promise<Reply> {
    const admission = breaker.admit();
    if (admission === undefined) throw new BreakerOpen(service);
    const deadlineMs = options.deadlineMs ?? usualMs;
    try {
      const sent = await withinDeadline((signal) => carry(shape.name, items, { signal, deadlineMs }), {
        service,
        deadlineMs,
        signal: options.signal,
      });
      const reply = shape.readReply(sent, items.length);
      admission.succeeded();
      return reply;
    } catch (error) {
      const outcome = outcomeOf(error);
      if (outcome === 'refused') admission.succeeded();
      // Whoever grants less time than usual learns nothing of the service by running out of it.
      else if (outcome === 'cancelled' || (outcome === 'timeout' && deadlineMs < usualMs)) {
        admission.undecided();
      } else admission.failed();
      throw error;
    }
  }

  function createCall(shape: MethodShape) {
    const { name } = shape;
    return async (given: readonly unknown[], options: CallOptions = {}): Promise<Answer<unknown>> => {
      const items = shape.readItems(given);
      if (items.length === 0) return { results: [], model: null, degraded: false };
      const startMs = performance.now();
      try {
        const { model, results } = await ask(shape, items, options);
        onCall?.({ method: name, outcome: 'ok', durationMs: performance.now() - startMs });
        for (const [place, item] of items.entries()) {
          lastAnswers.remember(name, item, { model, result: results[place] });
        }
        return { results, model, degraded: false };
      } catch (error) {
        const outcome = outcomeOf(error);
        onCall?.({ method: name, outcome, durationMs: performance.now() - startMs, error });
        if (outcome === 'refused') throw error;
        return degrade(name, items);
      }
    };
  }

  return Object.fromEntries(
    Object.entries(methods).map(([name, method]) => [
      name,
      createCall(createMethodShape({ service, name, method })),
    ]),
  );
}

class BreakerOpen extends FlywheelError {
  constructor(service: string) {
    super('UNAVAILABLE', `${service} has failed too often just now and is asked again in a moment.`);
  }
}

function outcomeOf(error: unknown): CallOutcome {
  if (error instanceof BreakerOpen) return 'open';
  if (!(error instanceof FlywheelError)) return 'unavailable';
  switch (error.code) {
    case 'BAD_INPUT':
      return 'refused';
    case 'TIMEOUT':
      return 'timeout';
    case 'CANCELLED':
      return 'cancelled';
    case 'INTERNAL':
      return 'wrong';
    default:
      return 'unavailable';
  }
}
