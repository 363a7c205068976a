// Asks a Kafka on this machine whether it is up, for whoever starts one.

import { createLog } from '../core/log.js';
import { createKafkaClient } from './kafka-client.js';
import { openRawCluster } from './kafka-internals.js';
import { decodeMetadataResponse, encodeMetadataRequest, metadataRequest } from './kafka-metadata.js';

/** How many brokers the cluster at plain addresses has now; 0 while none answers. */
export async function countKafkaBrokers(brokers: readonly string[]): Promise<number> {
  const client = createKafkaClient({
    options: {
      brokers,
      ssl: false,
      sslCa: undefined,
      sslCert: undefined,
      sslKey: undefined,
      saslMechanism: undefined,
      username: '',
      password: '',
      createTopics: false,
      replication: -1,
    },
    log: createLog({ level: 'silent' }),
    onConnectionFault: () => {},
    retries: 'never',
  });
  try {
    const cluster = openRawCluster(client.kafka);
    const answer = await cluster.send({ ...metadataRequest, body: encodeMetadataRequest([]) });
    return decodeMetadataResponse(answer).brokers;
  } catch {
    return 0;
  } finally {
    client.dispose();
  }
}
