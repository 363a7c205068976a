// How far a group of somebody else's has come in a topic, as Kafka keeps it for him.

import type { Log } from '../core/log.js';
import { kafkaFault } from './kafka-faults.js';
import type { KafkaOptions } from './kafka-options.js';
import { createKafkaView } from './kafka-view.js';

export interface GroupOffsets {
  /**
   * The place of the next record that the group reads in each partition of a topic; a partition in which it has
   * committed nothing is left out. Rejects with a FlywheelError when Kafka cannot be asked.
   */
  committed(group: string, topic: string): Promise<ReadonlyMap<number, bigint>>;
  close(): Promise<void>;
}

/** Opens no connection until it is used. */
export function createGroupOffsets(options: KafkaOptions, log: Log): GroupOffsets {
  const view = createKafkaView({ options, log });
  return {
    async committed(group, topic) {
      try {
        return await view.committed(group, topic);
      } catch (error) {
        throw kafkaFault(error, options).error;
      }
    },
    close: () => view.close(),
  };
}
