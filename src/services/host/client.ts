// A service as its callers see it: checked both ways, answered in time, and degraded instead of failed.

import { FlywheelError } from '../../core/errors.js';
import { type BreakerSettings, createCircuitBreaker } from './circuit-breaker.js';
import { type CallMemory, createLastAnswers } from './last-answers.js';
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

/**
 * How a call ended: `open` was not made, because the circuit breaker is open; `wrong` was answered in a wrong shape, or
 * refused against the contract.
 */
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

interface Asked {
  readonly shape: MethodShape;
  readonly items: readonly unknown[];
  readonly memory: CallMemory;
}

/** A timeout of more items at once says that they are many, not that the service is ill. */
const usualItemsMax = 100;

/**
 * A call is rejected with BAD_INPUT when its items are wrong, or when a method that declares it refuses them, and with
 * LIMIT_EXCEEDED when several are too much at once; never otherwise. Each degraded answer names the model that once gave it.
 */
export function createServiceClient<M extends Methods>(deps: ServiceClientDeps<M>): Service<M>;
export function createServiceClient(deps: ServiceClientDeps<Methods>): Service<Methods> {
  const { service, methods, carry, baselines, deadlineMs: usualMs = 300, onCall } = deps;
  const lastAnswers = createLastAnswers(deps.answersMax ?? 10_000);
  const breaker = createCircuitBreaker({ nowMs: () => performance.now() }, deps.breaker);

  function degrade({ shape, items, memory }: Asked): Answer<unknown> {
    const recalled = memory.recall();
    const unknown = items.filter((_, place) => recalled[place] === undefined);
    const spare = unknown.length === 0 ? [] : (baselines[shape.name]?.(unknown) ?? []);
    let used = 0;
    const results = recalled.map((last) => (last === undefined ? (spare[used++] ?? null) : last.result));
    const models = recalled.map((last) => last?.model ?? null);
    const [model = null, ...others] = new Set(models);
    return others.length === 0
      ? { results, model, degraded: true }
      : { results, model: null, models, degraded: true };
  }

  /** Asks the service, and tells the circuit breaker how it went. Rejects when there is no good answer. */
  async function ask({ shape, items, memory }: Asked, options: CallOptions): Promise<Reply> {
    const admission = breaker.admit();
    if (admission === undefined) throw new BreakerOpen(service);
    const nowMs = performance.now();
    const deadlineMs = (options.deadlineMs ?? usualMs) - (nowMs - (options.sinceMs ?? nowMs));
    let begun = true;
    const onNeverBegun = () => {
      begun = false;
    };
    try {
      if (deadlineMs <= 0) throw new FlywheelError('TIMEOUT', `No time was left to ask ${service}.`);
      const sent = await withinDeadline(
        (signal) => carry(shape.name, items, { signal, deadlineMs, onNeverBegun }),
        { service, deadlineMs, signal: options.signal },
      );
      const reply = shape.readReply(sent, items.length, memory.known);
      admission.succeeded();
      return reply;
    } catch (caught) {
      const error = judged(shape, items, caught);
      const outcome = outcomeOf(error);
      // Whoever grants less time than usual, or asks for much, learns nothing of the service by running out of time; nor
      // does who waited behind somebody of that kind.
      const saysNothing = deadlineMs < usualMs || items.length > usualItemsMax || !begun;
      if (outcome === 'refused') admission.succeeded();
      else if (outcome === 'cancelled' || isTooMuch(caught) || (outcome === 'timeout' && saysNothing)) {
        admission.undecided();
      } else admission.failed();
      throw error;
    }
  }

  /** A refusal that the contract does not provide for is a wrong answer; one item alone is never too much. */
  function judged({ name, refuses }: MethodShape, items: readonly unknown[], error: unknown): unknown {
    const isRefused = outcomeOf(error) === 'refused';
    if (!isRefused || (isTooMuch(error) ? items.length > 1 : refuses)) return error;
    const fault = `${service} refused items of ${name} that keep its contract.`;
    return new FlywheelError('INTERNAL', fault, { cause: error });
  }

  function createCall(shape: MethodShape) {
    const method = shape.name;
    return async (given: readonly unknown[], options: CallOptions = {}): Promise<Answer<unknown>> => {
      const items = shape.readItems(given);
      if (items.length === 0) return { results: [], model: null, degraded: false };
      const memory = lastAnswers.of(method, items);
      const asked = { shape, items, memory };
      const startMs = performance.now();
      try {
        const reply = await ask(asked, options);
        onCall?.({ method, outcome: 'ok', durationMs: performance.now() - startMs });
        memory.remember(reply);
        return { ...reply, degraded: false };
      } catch (error) {
        const outcome = outcomeOf(error);
        onCall?.({ method, outcome, durationMs: performance.now() - startMs, error });
        if (outcome === 'refused') throw error;
        return degrade(asked);
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

function isTooMuch(error: unknown): boolean {
  return error instanceof FlywheelError && error.code === 'LIMIT_EXCEEDED';
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
    case 'LIMIT_EXCEEDED':
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
