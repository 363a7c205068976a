// Brings decisions to webhooks: every webhook is served by itself, so that one that is slow or dead holds up no other.

import { setMaxListeners } from 'node:events';
import { createBell } from '../../core/bell.js';
import type { Clock } from '../../core/clock.js';
import { FlywheelError } from '../../core/errors.js';
import { pause } from '../../core/pause.js';
import { type SignedHeaders, signMessage } from '../../core/signed-message.js';
import type { Database } from '../../warehouse/database.js';
import {
  type DueDelivery,
  endDelivery,
  noteFailure,
  readDue,
  readNextDue,
} from '../../warehouse/wheel/webhook-deliveries.js';
import { noteDelivered } from '../../warehouse/wheel/webhooks.js';
import type { Poster, Sent } from './post.js';
import type { RetryPlan } from './retry-plan.js';

/** `failed` is tried again; `dead` was given up. */
export type AttemptOutcome = 'delivered' | 'failed' | 'dead';

export interface CourierDeps {
  readonly database: Pick<Database, 'kysely'>;
  readonly poster: Poster;
  readonly plan: RetryPlan;
  readonly clock: Clock;
  /** Calls back when something may be due; returns what ends it. */
  readonly onNews: (callback: () => void) => () => void;
  readonly onAttempt: (outcome: AttemptOutcome) => void;
  /** Told of what keeps one webhook from being served for a moment. */
  readonly onFault: (error: unknown) => void;
}

/** Waited for news that is lost. */
const lookEveryMs = 5_000;
/** After a fault that is not the receiver's. */
const faultPauseMs = 1_000;
/** To one webhook at the same time. */
const atOnceMax = 4;
/** Read at once for a webhook; after so many it is seen that it was removed or has another secret. */
const pageMax = 16;

/**
 * Delivers until the signal is aborted, and resolves when nothing is under way any more; rejects when the warehouse cannot
 * be read. A delivery is forgotten only after it was answered with success: one that is broken off in between is made
 * again, under the same id.
 */
export async function runCourier(deps: CourierDeps, signal: AbortSignal): Promise<void> {
  const { database, onNews, onFault } = deps;
  const ending = new AbortController();
  // Every attempt that is under way listens for the end.
  setMaxListeners(0, ending.signal);
  const bell = createBell();
  const serving = new Map<string, Promise<void>>();
  const end = () => {
    ending.abort();
    bell.ring();
  };
  if (signal.aborted) end();
  signal.addEventListener('abort', end, { once: true });
  const unhear = onNews(() => bell.ring());

  async function serve(webhookId: string): Promise<void> {
    try {
      await serveAllDue(deps, webhookId, ending.signal);
    } catch (error) {
      if (!ending.signal.aborted) onFault(error);
      await pause(faultPauseMs, ending.signal);
    }
    serving.delete(webhookId);
    bell.ring();
  }

  try {
    while (!ending.signal.aborted) {
      const others = (await readNextDue(database)).filter(({ webhookId }) => !serving.has(webhookId));
      for (const { webhookId, inMs } of others) {
        if (inMs <= 0) serving.set(webhookId, serve(webhookId));
      }
      const laterMs = others.flatMap(({ inMs }) => (inMs > 0 ? [Math.ceil(inMs)] : []));
      await bell.wait(Math.min(lookEveryMs, ...laterMs));
    }
  } finally {
    end();
    unhear();
    signal.removeEventListener('abort', end);
    await Promise.all(serving.values());
  }
}

/** Resolves when nothing is due to that webhook. */
async function serveAllDue(deps: CourierDeps, webhookId: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const due = await readDue(deps.database, webhookId, pageMax);
    if (due.length === 0) return;
    const left = due.values();
    let wasTaken = false;
    const carry = async () => {
      // One iterator for all: each takes the next that nobody has.
      for (const delivery of left) wasTaken = (await attempt(deps, delivery, signal)) || wasTaken;
    };
    try {
      // All come to an end before one that failed is told of: none goes on beside the next page.
      const ends = await Promise.allSettled(Array.from({ length: atOnceMax }, carry));
      const failure = ends.find((one) => one.status === 'rejected');
      if (failure !== undefined) throw failure.reason;
    } finally {
      if (wasTaken) await noteDelivered(deps.database, webhookId);
    }
  }
}

/** Makes one attempt and stores what came of it; whether it was delivered. */
async function attempt(deps: CourierDeps, delivery: DueDelivery, signal: AbortSignal): Promise<boolean> {
  const { database, plan, onAttempt } = deps;
  const sent = await send(deps, delivery, signal);
  if (sent.isDelivered) {
    await endDelivery(database, delivery.id);
    onAttempt('delivered');
    return true;
  }
  const made = delivery.attempts + 1;
  const isDead = sent.isGone || made >= plan.attemptsMax;
  await noteFailure(database, delivery, {
    retryInMs: isDead ? null : plan.pauseMs(made),
    fault: sent.fault,
  });
  onAttempt(isDead ? 'dead' : 'failed');
  return false;
}

async function send(
  { poster, clock }: CourierDeps,
  { decisionId, body, url, secrets }: DueDelivery,
  signal: AbortSignal,
): Promise<Sent> {
  const timestamp = Math.floor(clock.nowMs() / 1_000);
  let headers: SignedHeaders;
  try {
    headers = signMessage({ id: decisionId, timestamp, body }, secrets);
  } catch (error) {
    // Decisions of others may have ids that cannot be signed, and must not stand before all that follow.
    if (!(error instanceof FlywheelError)) throw error;
    return { isDelivered: false, isGone: true, fault: error.message };
  }
  return poster.post({ url, headers, body }, signal);
}
