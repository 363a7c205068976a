// An ordinary producer on kafkajs, which knows nothing of who reads: ten measurements, then four clicks.
//
// The topics data_stream and user-behavior must be there.
//
//   npm install kafkajs
//   node produce.mjs [BROKERS] [measurements|clicks|all]

import { setTimeout } from 'node:timers/promises';
import { Kafka, logLevel, Partitioners } from 'kafkajs';

const [brokers = '127.0.0.1:9092', what = 'all'] = process.argv.slice(2);

const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.WARN });
const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
await producer.connect();

async function send(topic, message) {
  const value = JSON.stringify(message);
  await producer.send({ topic, messages: [{ value }] });
  console.log(topic, value);
}

if (what === 'measurements' || what === 'all') {
  for (let i = 0; i < 10; i += 1) {
    await send('data_stream', { event_id: i, event_time: Date.now() / 1000, value: i * 100 });
  }
}

if (what === 'clicks' || what === 'all') {
  for (const userId of [1, 2, 1, 1]) {
    const timestamp = new Date().toISOString().slice(0, 19).replace('T', ' ');
    await send('user-behavior', { user_id: userId, event: 'click', item_id: 101, timestamp });
    await setTimeout(200);
  }
}

await producer.disconnect();
