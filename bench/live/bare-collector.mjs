// The limit of collecting: node:http, JSON.parse, and the product's own producer; nothing is checked.
import { createServer } from 'node:http';
import { dist } from '../lib/places.mjs';
import { openBenchLog } from './open-log.mjs';

const databaseUrl = process.env.DATABASE_URL ?? '';
const { createDatabase } = await import(dist('warehouse/database.js'));
const { createListener } = await import(dist('stream/postgres-listener.js'));
const { createLog } = await import(dist('core/log.js'));
const database = createDatabase({ url: databaseUrl, poolSize: Number(process.env.POOL_SIZE ?? 8) });
const listener = createListener({ url: databaseUrl });
const log = await openBenchLog({
  brokers: process.env.KAFKA_BROKERS?.split(','),
  databaseUrl,
  database,
  listener,
  logger: createLog({ level: 'warn' }),
});
await log.ensureTopics([{ name: 'bench.bare', partitions: 4 }]);

createServer((request, response) => {
  /** @type {Buffer[]} */
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', async () => {
    const events = JSON.parse(Buffer.concat(parts).toString());
    await log.append(
      'bench.bare',
      events.map((/** @type {{ user_id: number }} */ event) => ({
        key: String(event.user_id),
        value: JSON.stringify(event),
      })),
    );
    const body = JSON.stringify({ accepted: events.length, rejected: [] });
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
    response.end(body);
  });
}).listen(Number(process.env.PORT), '127.0.0.1');
