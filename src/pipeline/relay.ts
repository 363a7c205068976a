// The relay: what transactions want published goes from the outbox to the event log, in order, at least once.

import type { Lease, Leases } from '../core/lease.js';
import type { Log } from '../core/log.js';
import type { StreamTelemetry } from '../core/stream-telemetry.js';
import type { EventLog } from '../stream/event-log.js';
import type { Database } from '../warehouse/database.js';
import { outboxChannel } from '../warehouse/outbox.js';
import {
  deleteFromOutbox,
  type PageBounds,
  readOutbox,
  type WaitingMessage,
} from '../warehouse/stream/outbox-pages.js';
import { appendMessages } from './append-messages.js';
import { createWake, type Notifications } from './wake.js';

export interface RelayDeps {
  readonly log: Pick<EventLog, 'append'>;
  readonly database: Pick<Database, 'kysely'>;
  /** The relay is one duty: of several processes one does it at a time. */
  readonly leases: Leases;
  /** Tells at once what polling would find out. */
  readonly notifications?: Notifications;
  readonly telemetry?: StreamTelemetry;
  readonly logger: Log;
  readonly page?: PageBounds;
}

export interface Relay {
  start(): void;
  /** Resolves when it does nothing any more; a second call waits for the first. */
  close(): Promise<void>;
}

const pollMs = 500;
/** How long an append under way may take when the relay closes; cut short, it would be done again by the next one. */
const lastAppendMs = 3_000;
const defaultPage: PageBounds = { messages: 1_000, bytes: 8 * 1024 * 1024 };

export function createRelay(deps: RelayDeps): Relay {
  const closing = new AbortController();
  let running: Promise<void> | undefined;
  return {
    start() {
      running ??= deps.leases.hold('relay', (lease) => relayUntilLost(deps, lease, closing.signal), {
        signal: closing.signal,
        onFault: (error) => deps.logger.warn({ error }, 'messages of the outbox wait and are relayed soon'),
      });
    },
    async close() {
      closing.abort();
      await running;
    },
  };
}

async function relayUntilLost(deps: RelayDeps, { lost }: Lease, closing: AbortSignal): Promise<void> {
  const over = AbortSignal.any([lost, closing]);
  const { log, logger } = deps;
  // Only once they are durable: what is lost between the two is appended once more.
  const onDurable = async (messages: readonly WaitingMessage[]) => {
    await deleteFromOutbox(deps.database, messages);
    deps.telemetry?.relayed(messages.length);
  };
  const wake = createWake(deps.notifications, outboxChannel);
  const appending = new AbortController();
  const cut = () => appending.abort();
  let timer: NodeJS.Timeout | undefined;
  // Closing gives the lease up as well, but nobody else has it before this work has ended.
  const onLost = () => {
    if (!closing.aborted) cut();
  };
  lost.addEventListener('abort', onLost, { once: true });
  const cutSoon = () => {
    timer = setTimeout(cut, lastAppendMs);
  };
  closing.addEventListener('abort', cutSoon, { once: true });
  try {
    while (!over.aborted) {
      const page = await readOutbox(deps.database, deps.page ?? defaultPage);
      if (page.length === 0) {
        await wake.wait(pollMs, over);
        continue;
      }
      await appendMessages({ log, logger, signal: appending.signal, onDurable }, page);
    }
  } catch (error) {
    if (!over.aborted) throw error;
  } finally {
    wake.close();
    closing.removeEventListener('abort', cutSoon);
    clearTimeout(timer);
  }
}
