// In the process of the whole run: starts one Kafka when the first test asks for it, and stops it at the end.

import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { type KafkaCluster, startKafka } from '../../src/cli/kafka/cluster.js';
import { type KafkaLine, openKafkaLine } from './kafka-line.js';
import { jarsFolder, silentProgress } from './kafka-places.js';

export interface KafkaDoor {
  /** Where tests ask: `/kafka` for the addresses, `/cut` and `/mend` for the line. */
  readonly url: string;
  close(): Promise<void>;
}

/** Costs nothing until somebody asks. The data go into `folder`, which the caller removes. */
export async function openKafkaDoor(folder: string): Promise<KafkaDoor> {
  let running: Promise<{ cluster: KafkaCluster; line: KafkaLine }> | undefined;

  async function start(): Promise<{ cluster: KafkaCluster; line: KafkaLine }> {
    const line = await openKafkaLine();
    const cluster = await startKafka({
      folder: join(folder, 'kafka'),
      jarsFolder,
      nodes: 1,
      port: 0,
      progress: silentProgress,
      extraListeners: [{ name: 'LINE', protocol: 'PLAINTEXT', advertisedPort: line.port, settings: {} }],
    });
    line.lead(Number(cluster.brokersOf('LINE')[0]?.split(':')[1]));
    return { cluster, line };
  }

  async function answer(path: string | undefined, response: ServerResponse): Promise<void> {
    running ??= start();
    try {
      const { cluster, line } = await running;
      if (path === '/cut') line.cut();
      if (path === '/mend') line.mend();
      response.end(JSON.stringify({ brokers: cluster.brokers, lineBrokers: [`127.0.0.1:${line.port}`] }));
    } catch (error) {
      response.statusCode = 500;
      response.end(error instanceof Error ? error.message : String(error));
    }
  }

  const server = createServer((request, response) => void answer(request.url, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The door has no port.');
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      server.close();
      server.closeAllConnections();
      const started = await running?.catch(() => undefined);
      await started?.line.close();
      await started?.cluster.stop();
    },
  };
}
