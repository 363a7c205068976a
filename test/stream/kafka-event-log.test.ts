// The contract of the event log, on a real Kafka.

import kafkajs from 'kafkajs';
import { describeEventLog } from '../contracts/event-log.js';
import type { LogServer } from '../contracts/log-server.js';
import { createTestKafkaLog, describeWithKafka, sharedKafka } from '../support/kafka.js';

async function openServer(): Promise<LogServer> {
  const { brokers, lineBrokers, cut, mend } = await sharedKafka();
  const kafka = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  return {
    connect: async () => createTestKafkaLog(brokers),
    async connectMortal() {
      await mend();
      return { log: createTestKafkaLog(lineBrokers), die: cut };
    },
    async deleteTopic(topic) {
      await admin.deleteTopics({ topics: [topic] });
    },
    async holdAppend(topic, partition, value) {
      const producer = kafka.producer({
        transactionalId: `held-${value}-${Math.random()}`,
        maxInFlightRequests: 1,
        idempotent: true,
        createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      });
      await producer.connect();
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: [{ value, partition }] });
      return {
        async finish(how) {
          await transaction[how]();
          await producer.disconnect();
        },
      };
    },
    close: () => admin.disconnect(),
  };
}

describeWithKafka('Kafka', () => describeEventLog('Kafka', openServer));
