// Holds that gateways and pipelines may be killed at any moment: another goes on, and nothing is lost or doubled.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { pause } from '../../src/core/pause.js';
import type { RunningProgram } from '../support/program.js';
import { brokenWindows, told } from './history.js';
import { type GatewayProcess, kill, openProcesses, type Processes } from './processes.js';
import type { Update } from './subscriber.js';
import { describeOnBothLogs } from './topics.js';

const counts = 'metric: EVENTS, every: ALL, by: [CUSTOMER], last: 0';
const customers = 5;

/** What the latest message of each customer adds up to. */
function totalOf(received: readonly Update[]): number {
  const latest = new Map(received.map(({ keys, value }) => [keys[0]?.value, value ?? 0]));
  return [...latest.values()].reduce((sum, value) => sum + value, 0);
}

describeOnBothLogs('of two gateways and two pipelines', (openTopics) => {
  let processes: Processes;
  let gateways: readonly [GatewayProcess, GatewayProcess];
  let busy: RunningProgram;
  let sent = 0;
  beforeAll(async () => {
    processes = await openProcesses(openTopics);
    [busy, ...gateways] = await Promise.all([processes.pipeline(), processes.gateway(), processes.gateway()]);
    // Second to come, it has no lease, and the half of the partitions.
    await processes.pipeline();
  });
  afterAll(async () => {
    await processes?.close();
  });

  async function send(count: number): Promise<void> {
    const { behaviour, send: append } = processes.topics;
    for (const end = sent + count; sent < end; sent += 1) {
      await append(behaviour, { event: 'click', id: String(sent), user_id: sent % customers });
      await pause(10);
    }
  }

  it('a pipeline is killed, and the other takes over all that it did', { timeout: 60_000 }, async () => {
    const follower = processes.follow(gateways[1].url, counts);
    await send(50);
    await follower.until((received) => totalOf(received) === sent);
    const sending = send(100);
    await follower.until((received) => totalOf(received) > 60);
    await kill(busy);
    await sending;
    await follower.until((received) => totalOf(received) === sent);
    expect(brokenWindows(follower.received)).toEqual([]);
    const { rows } = await processes.database.pool.query(
      'SELECT count(*)::int AS events, count(DISTINCT event_id)::int AS ids FROM fact_event',
    );
    expect(rows).toEqual([{ events: sent, ids: sent }]);
  });

  it('a gateway is killed, and its subscribers go on at the other', async () => {
    const [here, there] = gateways.map(({ url }) => processes.follow(url, counts));
    const had = here?.received ?? [];
    await Promise.all(
      [here, there].map((subscriber) => subscriber?.until((received) => totalOf(received) === sent)),
    );
    const before = sent;
    const sending = send(60);
    await here?.until((received) => totalOf(received) > before + 10);
    await kill(gateways[0].program);
    const onward = processes.follow(gateways[1].url, counts, had.at(-1)?.cursor);
    await sending;
    await there?.until((received) => totalOf(received) === sent);
    await onward.until((received) => totalOf([...had, ...received]) === sent);
    // Only the order of the state, a message for each customer, is anybody's.
    const changes = (received: readonly Update[] = []) => received.slice(customers).map(told);
    expect(changes([...had, ...onward.received])).toEqual(changes(there?.received));
    expect(brokenWindows([...had, ...onward.received])).toEqual([]);
  });
});
