// Events per second through POST /events, in batches of 100 from 16 connections, beside a bare node:http with the same producer.
import { fileURLToPath } from 'node:url';
import { openConnections, throughput } from '../lib/load.mjs';
import { startServer } from '../lib/server-process.mjs';
import { median } from '../lib/statistics.mjs';

const batchEvents = 100;
const inBench = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));

/** @param {number} port @param {number} index */
function request(port, index) {
  const events = Array.from({ length: batchEvents }, (_, place) => ({
    user_id: (index * 37 + place * 11) % 5_000,
    event: place % 3 === 0 ? 'click' : 'view',
    item_id: (index + place * 7) % 500,
    timestamp: '2026-01-01 12:00:00',
    session: `s${place}`,
  }));
  const body = JSON.stringify(events);
  return Buffer.from(
    `POST /events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
}

/**
 * @param {{ databaseUrl: string, brokers: string[] | undefined, rounds: number, seconds: number, dataDir: string }} options
 */
export async function measureCollect({ databaseUrl, brokers, rounds, seconds, dataDir }) {
  /** @type {Record<string, string>} */
  const settings = brokers === undefined ? {} : { KAFKA_BROKERS: brokers.join(',') };
  const at = { node: process.execPath, databaseUrl, poolSize: 8, dataDir };
  const bare = await startServer(
    { name: 'bare', title: 'bare', dialect: 'lists', arguments: [inBench('bare-collector.mjs')], settings },
    at,
  );
  const flywheel = await startServer(
    {
      name: 'flywheel',
      title: 'Flywheel',
      dialect: 'flywheel',
      arguments: [inBench('../../dist/src/cli/flywheel.js'), 'start', '--role', 'gateway'],
      settings: { FLYWHEEL_DEMO: 'off', ...settings },
    },
    at,
  );
  try {
    /** @type {Record<string, number[]>} */
    const rates = { bare: [], flywheel: [] };
    for (let round = -1; round < rounds; round += 1) {
      for (const server of [bare, flywheel]) {
        const requests = Array.from({ length: 50 }, (_, index) => request(server.port, index));
        const connections = await openConnections(server.port, 16);
        const { perSecond } = await throughput(connections, requests, round < 0 ? 1 : seconds);
        for (const connection of connections) connection.close();
        if (round >= 0) rates[server.name]?.push(perSecond * batchEvents);
      }
    }
    const ratios = (rates.flywheel ?? []).map((rate, round) => rate / (rates.bare?.[round] ?? Number.NaN));
    return {
      barePerSecond: median(rates.bare ?? []),
      perSecond: median(rates.flywheel ?? []),
      ratio: median(ratios),
    };
  } finally {
    await flywheel.stop();
    await bare.stop();
  }
}

/** @param {Awaited<ReturnType<typeof measureCollect>>} measured */
export function collectText({ barePerSecond, perSecond, ratio }) {
  const rate = (/** @type {number} */ value) => Math.round(value).toLocaleString('en');
  return [
    '',
    `POST /events, batches of ${batchEvents} from 16 connections (medians of the rounds)`,
    `  node:http and the same producer: ${rate(barePerSecond)} events/s`,
    `  Flywheel: ${rate(perSecond)} events/s, ${ratio.toFixed(2)} × that`,
  ].join('\n');
}
