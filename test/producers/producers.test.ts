// Holds that ordinary Kafka producers, which know nothing of the gateway, are counted live and in the report.

import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createClient } from 'graphql-sse';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { type Gateway, startGateway } from '../support/gateway.js';
import { describeWithKafka, kafkaStartTimeoutMs, type OwnKafka, startOwnKafka } from '../support/kafka.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';

const run = promisify(execFile);
const programs = {
  node: fileURLToPath(new URL('./produce.mjs', import.meta.url)),
  python: fileURLToPath(new URL('./produce.py', import.meta.url)),
};

/** The Python that has kafka-python; another one by the variable PYTHON. */
const python = process.env.PYTHON ?? 'python3';

/** The programs that can be run here: the one for Node always, the one for Python where its library is. */
function producersHere(): { readonly name: string; readonly command: string; readonly program: string }[] {
  const node = { name: 'kafkajs', command: process.execPath, program: programs.node };
  const found = spawnSync(python, ['-c', 'import kafka'], { stdio: 'ignore' });
  if (found.status === 0) return [node, { name: 'kafka-python', command: python, program: programs.python }];
  console.warn(`Skipped the producer on kafka-python: ${python} has it not; PYTHON names another one.`);
  return [node];
}

const liveMessage = z.object({
  data: z.object({
    liveMetric: z.object({
      keys: z.array(z.object({ value: z.string().nullable() })),
      value: z.number().nullable(),
    }),
  }),
});

const reportAnswer = z.object({
  data: z.object({
    report: z.object({ totals: z.array(z.object({ metric: z.string(), value: z.number() })) }),
  }),
});

describeWithKafka('ordinary producers', () => {
  let kafka: OwnKafka;
  beforeEach(async () => {
    kafka = await startOwnKafka();
  }, kafkaStartTimeoutMs);
  afterEach(async () => {
    await kafka?.close();
  });

  it.each(producersHere())('on $name are counted', { timeout: 120_000 }, async ({ command, program }) => {
    const database: TestDatabase = await createTestDatabase();
    const gateway = await startGateway(database, { KAFKA_BROKERS: kafka.brokers.join(',') }, [
      'gateway',
      'pipeline',
    ]);
    try {
      const counts = follow(gateway, 'EVENTS', 'by: [CUSTOMER]', (seen) => seen.includes('1:3'));
      const total = follow(gateway, 'MEASUREMENT_TOTAL', '', (seen) => seen.includes(':4500'));
      const average = follow(gateway, 'MEASUREMENT_AVERAGE', '', (seen) => seen.at(-1) === ':450');
      await run(command, [program, kafka.brokers.join(',')]);
      // Two that come at nearly the same time may be shown as one change.
      const isShown = (count: string) => ['1:1', '2:1', '1:2', '1:3'].includes(count);
      expect((await counts).filter((count) => !isShown(count))).toEqual([]);
      await Promise.all([total, average]);
      expect(await report(gateway)).toEqual({
        EVENTS: 4,
        MEASUREMENTS: 10,
        MEASUREMENT_TOTAL: 4_500,
        MEASUREMENT_AVERAGE: 450,
      });
    } finally {
      await gateway.close();
      await database.close();
    }
  });
});

/** Follows running totals until there has been enough; resolves to the messages as `key:value`. */
async function follow(
  gateway: Gateway,
  metric: string,
  by: string,
  isEnough: (seen: readonly string[]) => boolean,
): Promise<string[]> {
  const client = createClient({ url: `${gateway.url}/graphql` });
  const query = `subscription { liveMetric(metric: ${metric}, every: ALL ${by}) { keys { value } value } }`;
  const seen: string[] = [];
  for await (const message of client.iterate({ query })) {
    const { keys, value } = liveMessage.parse(message).data.liveMetric;
    seen.push(`${keys.map((key) => key.value).join()}:${value}`);
    if (isEnough(seen)) break;
  }
  client.dispose();
  return seen;
}

async function report({ url }: Gateway): Promise<Record<string, number>> {
  const metrics = '[EVENTS, MEASUREMENTS, MEASUREMENT_TOTAL, MEASUREMENT_AVERAGE]';
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: `{ report(metrics: ${metrics}) { totals { metric value } } }` }),
  });
  const { totals } = reportAnswer.parse(await response.json()).data.report;
  return Object.fromEntries(totals.map(({ metric, value }) => [metric, value]));
}
