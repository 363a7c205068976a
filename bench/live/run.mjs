// npm run bench -- live: subscriptions, ingest and collecting, each beside its limit, on a database of the bench's own.
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cacheDir, newestNode } from '../lib/options.mjs';
import { dist } from '../lib/places.mjs';
import { collectText, measureCollect } from './collect.mjs';
import { fanOutText, measureFanOut } from './fan-out.mjs';
import { ingestText, measureIngest } from './ingest.mjs';

export const liveHelp = `npm run bench -- live [options]

  --rounds N     rounds of the subscriptions, every server once in each (3)
  --seconds N    of each server in each round (5)
  --parts LIST   fan-out,ingest,collect (all)
  --events N     events that are on the log for ingest (1,000,000)
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
      parts: { type: 'string', default: 'fan-out,ingest,collect' },
      events: { type: 'string', default: '1000000' },
      kafka: { type: 'string' },
      peers: { type: 'boolean', default: true },
      node: { type: 'string' },
    },
  });
  if (values.help) return console.log(liveHelp);
  const { openWarehouse } = await import(dist('warehouse/embedded-postgres.js'));
  await mkdir(cacheDir, { recursive: true });
  // A folder of its own, so that two runs at once keep their hands off each other's database.
  const dataDir = await mkdtemp(join(cacheDir, 'live-'));
  await chmod(dataDir, 0o755);
  const warehouse = await openWarehouse({
    databaseUrl: undefined,
    dataDir,
    settings: { max_connections: '200' },
  });
  const close = async () => {
    await warehouse.close();
    await rm(dataDir, { recursive: true, force: true });
  };
  const giveUp = async () => {
    await close();
    process.exit(130);
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, giveUp);
  const parts = values.parts.split(',');
  const brokers = values.kafka?.split(',');
  const rounds = Number(values.rounds);
  const seconds = Number(values.seconds);
  try {
    if (parts.includes('fan-out')) {
      const measured = await measureFanOut({
        databaseUrl: warehouse.url,
        brokers,
        rounds,
        seconds,
        dataDir,
        node: values.node ?? newestNode(),
        peers: values.peers,
      });
      console.log(fanOutText(measured));
    }
    if (parts.includes('ingest')) {
      const events = Number(values.events);
      const ways = [{ cuts: 2, learns: false }, ...[0, 1, 2, 4].map((cuts) => ({ cuts, learns: true }))];
      console.log(ingestText(await measureIngest({ warehouse, brokers, events, rounds, ways })));
    }
    if (parts.includes('collect')) {
      const { migrate } = await import(dist('warehouse/migrate.js'));
      await migrate(warehouse.url);
      const options = { databaseUrl: warehouse.url, brokers, rounds, seconds, dataDir };
      console.log(collectText(await measureCollect(options)));
    }
  } finally {
    await close();
  }
}
