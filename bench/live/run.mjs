// npm run bench -- live: subscriptions beside the limit and the peers, on a database of the bench's own.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cacheDir, newestNode } from '../lib/options.mjs';
import { fanOutText, measureFanOut } from './fan-out.mjs';
import { dist } from './places.mjs';

export const liveHelp = `npm run bench -- live [options]

  --rounds N     rounds of the subscriptions, every server once in each (3)
  --seconds N    of each server in each round (5)
  --kafka LIST   brokers of an Apache Kafka that the events go through (the log in PostgreSQL)
  --no-peers     only the limit and Flywheel
  --node FILE    the Node that runs the servers (as for the other measurements)
`;

/** @param {string[]} args */
export async function benchLive(args) {
  const { values } = parseArgs({
    args,
    allowNegative: true,
    options: {
      help: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '5' },
      kafka: { type: 'string' },
      peers: { type: 'boolean', default: true },
      node: { type: 'string' },
    },
  });
  if (values.help) return console.log(liveHelp);
  const { openWarehouse } = await import(dist('warehouse/embedded-postgres.js'));
  const dataDir = join(cacheDir, 'live');
  await rm(dataDir, { recursive: true, force: true });
  const warehouse = await openWarehouse({
    databaseUrl: undefined,
    dataDir,
    settings: { max_connections: '200' },
  });
  const giveUp = async () => {
    await warehouse.close();
    process.exit(130);
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, giveUp);
  try {
    const measured = await measureFanOut({
      databaseUrl: warehouse.url,
      brokers: values.kafka?.split(','),
      rounds: Number(values.rounds),
      seconds: Number(values.seconds),
      dataDir,
      node: values.node ?? newestNode(),
      peers: values.peers,
    });
    console.log(fanOutText(measured));
  } finally {
    await warehouse.close();
  }
}
