// What the parts of one Kafka event log share.

import { FlywheelError } from '../core/errors.js';
import type { Log } from '../core/log.js';
import type { KafkaOptions } from './kafka-options.js';
import type { KafkaView } from './kafka-view.js';

export interface KafkaContext {
  readonly options: KafkaOptions;
  readonly log: Log;
  readonly view: KafkaView;
  /** Aborted when the log is closed. */
  readonly signal: AbortSignal;
  /** Told of faults that time may heal. */
  readonly report: (error: unknown) => void;
  /** What is said to whoever asks after the end. */
  closed(): FlywheelError;
}

export function closedLog(): FlywheelError {
  return new FlywheelError('UNAVAILABLE', 'The event log is closed.');
}
