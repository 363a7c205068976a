// The event log that the configuration asks for: Kafka, or the one in the database.

import type { Config } from '../config.js';
import type { Log } from '../core/log.js';
import type { EventLog } from '../stream/event-log.js';
import { createKafkaEventLog } from '../stream/kafka-event-log.js';
import { createPostgresEventLog } from '../stream/postgres-event-log.js';
import type { Listener } from '../stream/postgres-listener.js';
import type { Database } from '../warehouse/database.js';

export interface EventLogDeps {
  readonly config: Pick<Config, 'kafka'>;
  readonly database: Pick<Database, 'pool'>;
  /** The address of that database. */
  readonly url: string;
  readonly listener: Listener;
  readonly log: Log;
}

/** Opens no connection by itself; whoever opened it closes it, before the database. */
export function openEventLog({ config, database, url, listener, log }: EventLogDeps): EventLog {
  if (config.kafka !== undefined) return createKafkaEventLog({ options: config.kafka, log });
  return createPostgresEventLog({
    pool: database.pool,
    url,
    listener,
    onFault: (error) => log.warn({ error }, 'the event log is not reached at the moment'),
  });
}
