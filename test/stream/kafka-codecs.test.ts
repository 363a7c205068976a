// What ordinary Java clients write, in every compression, and topics that were made with Kafka's own tools.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compress as deflateSnappyBlock } from 'snappyjs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { EventLog } from '../../src/stream/event-log.js';
import { inflateSnappy } from '../../src/stream/kafka-codecs.js';
import { inflateLz4 } from '../../src/stream/kafka-lz4.js';
import { collect } from '../contracts/log-readers.js';
import { eventually, newName } from '../contracts/log-server.js';
import {
  createTestKafkaLog,
  describeWithKafka,
  kafkaStartTimeoutMs,
  type OwnKafka,
  startOwnKafka,
} from '../support/kafka.js';

/** Lines that repeat within themselves and among each other, as JSON does, and some that cannot be packed. */
function lines(): string[] {
  return Array.from({ length: 40 }, (_, index) => {
    const items = Array.from({ length: index * 20 }, (_unused, item) => ({
      item: item % 17,
      note: `line ${index}, of ${(index * 7_919 + item * 104_729) % 65_537}`,
    }));
    return JSON.stringify({ index, items });
  });
}

describeWithKafka('records of Java clients', () => {
  let kafka: OwnKafka;
  let log: EventLog;
  let folder: string;

  beforeAll(async () => {
    kafka = await startOwnKafka();
    log = createTestKafkaLog(kafka.brokers);
    folder = await mkdtemp(join(tmpdir(), `flywheel-test-${process.pid}-lines-`));
  }, kafkaStartTimeoutMs);

  afterAll(async () => {
    await log?.close();
    await kafka?.close();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  it.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])(
    'are read with compression %s',
    async (compression) => {
      const topic = newName(compression);
      const file = join(folder, 'lines');
      const given = lines();
      await writeFile(file, given.join('\n'));
      await kafka.runTool('org.apache.kafka.tools.TopicCommand', [
        '--bootstrap-server',
        kafka.brokers.join(),
        ...['--create', '--topic', topic, '--partitions', '1', '--replication-factor', '1'],
      ]);
      // It was made beforehand, and is used as it is.
      await log.ensureTopics([{ name: topic, partitions: 4 }]);
      await kafka.runTool('org.apache.kafka.tools.ProducerPerformance', [
        ...['--topic', topic, '--num-records', '600', '--throughput', '-1', '--payload-file', file],
        ...['--producer-props', `bootstrap.servers=${kafka.brokers.join()}`],
        ...[`compression.type=${compression}`, 'linger.ms=100', 'batch.size=900000'],
      ]);
      const { records, tail } = await collect(log, [topic], 'start', new Map());
      await eventually(() => expect([...records.values()].flat()).toHaveLength(600));
      await tail.close();
      expect(records.size).toBe(1);
      const expected = new Set(given);
      for (const { value } of [...records.values()].flat()) {
        expect(expected.has(value?.toString() ?? '')).toBe(true);
      }
    },
    90_000,
  );
});

it('reads snappy as clients without a header write it', () => {
  const text = lines().join('');
  expect(inflateSnappy(Buffer.from(deflateSnappyBlock(Buffer.from(text)))).toString()).toBe(text);
});

it('refuses what is no LZ4 frame', () => {
  expect(() => inflateLz4(Buffer.from('no frame at all'))).toThrow('broken');
});
