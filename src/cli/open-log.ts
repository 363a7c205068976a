// Chooses the event log: Kafka where its brokers are named, the database otherwise.

import type { Config } from '../config.js';
import type { Log } from '../core/log.js';
import type { EventLog } from '../stream/event-log.js';
import { createKafkaEventLog } from '../stream/kafka-event-log.js';
import { createPostgresEventLog } from '../stream/postgres-event-log.js';
import type { Listener } from '../stream/postgres-listener.js';
import type { Database } from '../warehouse/database.js';

export interface OpenLogOptions {
  readonly config: Pick<Config, 'kafka'>;
  /** Of the warehouse, and its address for connections outside of the pool. */
  readonly pool: Database['pool'];
  readonly url: string;
  readonly listener: Listener;
  readonly logger: Log;
}

/** Opens nothing by itself; whoever opens the log closes it before the pool and the listener. */
export function openLog({ config, pool, url, listener, logger }: OpenLogOptions): EventLog {
  const { kafka } = config;
  if (kafka !== undefined) return createKafkaEventLog({ options: kafka, log: logger });
  return createPostgresEventLog({
    pool,
    url,
    listener,
    onFault: (error) => logger.warn({ error }, 'the event log in the database waits and goes on soon'),
  });
}
