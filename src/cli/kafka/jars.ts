// Fetches the files of Apache Kafka once, with Maven, into a folder that later starts use again.

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { arriveOnce } from '../engines/arrival.js';
import type { JavaEngine } from '../engines/java.js';
import { fetchByMaven, type Jar, pomOf } from '../engines/maven.js';

const kafkaVersion = '4.4.0';
const log4jVersion = '2.25.3';

export const kafkaEngine: JavaEngine = {
  engine: 'Kafka',
  otherwise: 'start Kafka with Docker: docker compose up',
};

/** Kafka speaks to slf4j 1.7, so the binding is that of 1.x. */
const jars: readonly Jar[] = [
  { group: 'org.apache.kafka', artifact: 'kafka_2.13', version: kafkaVersion },
  { group: 'org.apache.kafka', artifact: 'kafka-tools', version: kafkaVersion },
  { group: 'org.apache.logging.log4j', artifact: 'log4j-core', version: log4jVersion },
  { group: 'org.apache.logging.log4j', artifact: 'log4j-slf4j-impl', version: log4jVersion },
];

/** Resolves to the folder of the jars beneath `folder`; they are fetched once. */
export function fetchJars(folder: string, signal?: AbortSignal): Promise<string> {
  // Another list of files is another folder.
  const mark = createHash('sha256').update(pomOf(jars, true)).digest('hex').slice(0, 8);
  return arriveOnce({
    place: join(folder, `jars-${kafkaVersion}-${mark}`),
    make: (draft) => fetchByMaven({ wanted: kafkaEngine, jars, withTheirNeeds: true, draft, signal }),
    signal,
  });
}
