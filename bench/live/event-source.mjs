// Events appended at a steady rate, and when the log was given each: the count in a message then says how old it is.

import { dist } from '../lib/places.mjs';
import { openBenchLog } from './open-log.mjs';

const tickMs = 100;

/**
 * @param {{ databaseUrl: string, brokers: string[] | undefined, topic: string, perSecond: number }} options
 */
export async function openEventSource({ databaseUrl, brokers, topic, perSecond }) {
  const { createDatabase } = await import(dist('warehouse/database.js'));
  const { createListener } = await import(dist('stream/postgres-listener.js'));
  const { createLog } = await import(dist('core/log.js'));
  const database = createDatabase({ url: databaseUrl, poolSize: 4 });
  const listener = createListener({ url: databaseUrl });
  const log = await openBenchLog({
    brokers,
    databaseUrl,
    database,
    listener,
    logger: createLog({ level: 'silent' }),
  });
  const batch = Math.round((perSecond * tickMs) / 1_000);
  let count = 0;
  /** When the event that made the count so large was handed to the log. @type {Map<number, number>} */
  const handedMs = new Map();
  const append = () => {
    const nowMs = performance.now();
    const records = Array.from({ length: batch }, () => {
      count += 1;
      handedMs.set(count, nowMs);
      const user = count % 1_000;
      return { key: String(user), value: `{"event":"click","user_id":${user},"item_id":${user % 97}}` };
    });
    log.append(topic, records).catch(() => undefined);
  };
  const timer = setInterval(append, tickMs);
  return {
    handedMs,
    async close() {
      clearInterval(timer);
      await log.close();
      await listener.close();
      await database.close();
    },
  };
}
