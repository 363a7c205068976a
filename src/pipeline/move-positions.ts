// What operators decide about positions: begin at the start of what a partition holds, or at its end.

import { FlywheelError } from '../core/errors.js';
import { type EventLog, type PartitionRange, partitionKey } from '../stream/event-log.js';
import type { Database } from '../warehouse/database.js';
import { decidePosition, forgetPartitions } from '../warehouse/stream/positions.js';
import { inTransaction } from '../warehouse/transaction.js';

export interface MovePositionsDeps {
  readonly log: Pick<EventLog, 'ends'>;
  readonly database: Pick<Database, 'pool' | 'kysely'>;
  readonly group: string;
}

export interface MovedPosition {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/** Where a group is to go on: at the first record that is kept, or behind the last one. */
export type Destination = 'start' | 'end';

/**
 * Moves the positions of a topic (`TOPIC`) or of one partition (`TOPIC/PARTITION`), all of them or none; pipelines that
 * run go on from there by themselves. Records that come again count once, because their events are known. NOT_FOUND
 * when there is no such topic or partition.
 */
export async function movePositions(
  { log, database, group }: MovePositionsDeps,
  target: string,
  to: Destination,
): Promise<readonly MovedPosition[]> {
  const [topic = '', partition] = target.split('/');
  const ranges = await log.ends(topic);
  const chosen =
    partition === undefined ? ranges : ranges.filter((range) => String(range.partition) === partition);
  const [first] = chosen;
  if (first === undefined) throw new FlywheelError('NOT_FOUND', sentenceFor(target, topic, ranges));
  await inTransaction(database, async (session) => {
    if (partition === undefined) await forgetPartitions(session, group, first);
    for (const range of chosen) await decidePosition(session, group, range, placeIn(range, to));
  });
  return chosen.map((range) => ({ topic, partition: range.partition, offset: placeIn(range, to) }));
}

function placeIn({ start, end }: PartitionRange, to: Destination): bigint {
  return to === 'start' ? start : end;
}

function sentenceFor(target: string, topic: string, ranges: readonly PartitionRange[]): string {
  const names = ranges.map(({ partition }) => partitionKey(topic, partition)).join(', ');
  return `There is no partition ${target}; topic ${topic} has ${names || 'none'}.`;
}
