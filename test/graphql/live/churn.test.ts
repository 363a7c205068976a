// Holds that who comes and goes leaves nothing behind: no cohort, no timer, no memory.
// FLYWHEEL_CHURN sets how many come; 20,000 take some minutes.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type Gateway, startGateway } from '../../support/gateway.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { openResults, type Results } from './results.js';

const total = Number(process.env.FLYWHEEL_CHURN ?? 300);
const atOnce = 20;

let database: TestDatabase;
let gateway: Gateway;
let results: Results;

beforeAll(async () => {
  database = await createTestDatabase({ poolSize: 10 });
  gateway = await startGateway(database);
  results = openResults(database);
  await results.publish({ minute: 1, value: 1 });
});

afterAll(async () => {
  await results.close();
  await gateway.close();
  await database.close();
});

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** What is reachable now, in megabytes; garbage that needs a turn of the loop to be seen as such is gone too. */
async function heapMb(): Promise<number> {
  for (let round = 0; round < 3; round += 1) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return process.memoryUsage().heapUsed / 1e6;
}

/** Comes, follows two things, of which one is its own, and hangs up, politely or not. */
function comeAndGo(index: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const client = new WebSocket(`${gateway.url.replace('http', 'ws')}/graphql`, ['graphql-transport-ws']);
    const say = (message: unknown) => client.send(JSON.stringify(message));
    client.on('open', () => say({ type: 'connection_init' }));
    client.on('error', reject);
    client.on('close', () => resolve());
    client.on('message', (data) => {
      const { type } = JSON.parse(String(data));
      if (type === 'connection_ack') {
        const own = `{ liveMetric(metric: EVENTS, every: MINUTE, maxPerSecond: ${1 + (index % 50)}) { value } }`;
        say({ id: '1', type: 'subscribe', payload: { query: `subscription ${own}` } });
        say({ id: '2', type: 'subscribe', payload: { query: 'subscription { events { type } }' } });
        return;
      }
      expect(type).toBe('next');
      if (index % 3 === 0) client.terminate();
      else client.close();
    });
  });
}

async function churn(count: number): Promise<void> {
  let next = 0;
  const one = async () => {
    while (next < count) {
      next += 1;
      await comeAndGo(next);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
}

async function metric(name: string): Promise<string | undefined> {
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  return new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1];
}

function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}

it(
  'leaves nothing behind',
  async () => {
    await churn(200);
    await expect.poll(() => metric('flywheel_subscribers')).toBe('0');
    const before = { heapMb: await heapMb(), timers: timers() };
    await churn(total);
    await expect.poll(() => metric('flywheel_subscribers')).toBe('0');
    expect(await metric('flywheel_cohorts')).toBe('0');
    expect(await metric('flywheel_subscribers_stalled')).toBe('0');
    await expect.poll(timers).toBeLessThanOrEqual(before.timers);
    const growthMb = (await heapMb()) - before.heapMb;
    console.log(`${total} came and went; the heap grew by ${growthMb.toFixed(1)} MB.`);
    expect(growthMb).toBeLessThan(5);
  },
  30_000 + total * 50,
);
