// What an event is known by, so that a second delivery is recognised and a producer that starts anew is not.

import type { PartitionId } from '../stream/event-log.js';

/** What of an event it is known by. */
interface Named {
  readonly source: string | null;
  readonly id: string | null;
}

/** The source of an event: what its producer calls itself, or else the topic. */
export function sourceOf(event: Pick<Named, 'source'>, topic: string): string {
  return event.source ?? topic;
}

/**
 * The id of an event in its source: the producer's, or else the place in the log, which names the topic by its id,
 * since a topic that is made anew counts its places from 0 again.
 */
export function eventIdOf(
  event: Pick<Named, 'id'>,
  { topicId, partition }: Pick<PartitionId, 'topicId' | 'partition'>,
  offset: bigint,
): string {
  return event.id ?? `${topicId}/${partition}/${offset}`;
}
