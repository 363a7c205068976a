// The product's own event log, on PostgreSQL or on Kafka.
import { dist } from '../lib/places.mjs';

/** @param {{ brokers: string[] | undefined, databaseUrl: string, database: any, listener: any, logger: any }} at */
export async function openBenchLog({ brokers, databaseUrl, database, listener, logger }) {
  if (brokers === undefined) {
    const { createPostgresEventLog } = await import(dist('stream/postgres-event-log.js'));
    return createPostgresEventLog({ pool: database.pool, url: databaseUrl, listener });
  }
  const { createKafkaEventLog } = await import(dist('stream/kafka-event-log.js'));
  return createKafkaEventLog({
    options: {
      brokers,
      ssl: false,
      sslCa: undefined,
      sslCert: undefined,
      sslKey: undefined,
      saslMechanism: undefined,
      username: '',
      password: '',
      createTopics: true,
      replication: -1,
    },
    log: logger,
  });
}
