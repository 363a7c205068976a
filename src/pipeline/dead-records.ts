// How a record that is no event is told of: the form of the dead letters, handed in by whoever owns it.

import type { LogRecord, NewRecord, PartitionId } from '../stream/event-log.js';

/** The dead letter of a record, with its bytes, its place and the reason as a sentence. */
export type WriteDeadLetter = (partition: PartitionId, record: LogRecord, reason: string) => NewRecord;
