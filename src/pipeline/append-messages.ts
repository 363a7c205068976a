// Appends a page of the outbox: in order within each topic, and no message keeps the others back for ever.

import type { Log } from '../core/log.js';
import { withoutValue } from '../events/dead-letter.js';
import { type EventLog, type NewRecord, RecordsRefused } from '../stream/event-log.js';
import type { WaitingMessage } from '../warehouse/stream/outbox-pages.js';

export interface AppendMessagesDeps {
  readonly log: Pick<EventLog, 'append'>;
  readonly logger: Log;
  /** Told of the messages of a topic as soon as they are durable, whatever becomes of those of other topics. */
  readonly onDurable: (messages: readonly WaitingMessage[]) => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Rejects with what time may heal. A message that is larger than its topic takes, such as a dead letter that is a
 * little larger than its record, goes without its value, and says so.
 */
export async function appendMessages(
  deps: AppendMessagesDeps,
  page: readonly WaitingMessage[],
): Promise<void> {
  const byTopic = new Map<string, WaitingMessage[]>();
  for (const message of page) {
    const messages = byTopic.get(message.topic);
    if (messages) messages.push(message);
    else byTopic.set(message.topic, [message]);
  }
  const outcomes = await Promise.allSettled(
    [...byTopic].map(async ([topic, messages]) => {
      await appendOf(deps, topic, messages);
      await deps.onDurable(messages);
    }),
  );
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

/** What is refused goes once more, behind the others and without its value. */
async function appendOf(
  deps: AppendMessagesDeps,
  topic: string,
  messages: readonly WaitingMessage[],
): Promise<void> {
  const { log, logger, signal } = deps;
  const records = messages.map(recordOf);
  try {
    await log.append(topic, records, signal);
  } catch (error) {
    if (!(error instanceof RecordsRefused)) throw error;
    logger.error(
      { topic, error },
      'messages are too large for their topic and are published without their values',
    );
    const refused = error.places.flatMap((place) => records[place] ?? []);
    await log.append(topic, refused.map(withoutValue), signal);
  }
}

function recordOf({ key, value, headers }: WaitingMessage): NewRecord {
  return { key, value, ...(headers === undefined ? {} : { headers }) };
}
