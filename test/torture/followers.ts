// Subscribers as dashboards are: whenever a gateway is lost to them, they go on at another, after what they had last.

import { pause } from '../../src/core/pause.js';
import { type Subscriber, subscribe, type Update } from '../streams/subscriber.js';
import type { RoleProcess } from './role-process.js';

/** What is followed: a metric, and the cut in which its windows are stored. */
export interface Followed {
  readonly metric: string;
  readonly cut: string;
  /** The arguments of `liveMetric`. */
  readonly args: string;
}

export interface Follower {
  readonly followed: Followed;
  /** Every message so far, over all connections. */
  received(): readonly Update[];
  /** How often it went on at another gateway, or the same one anew. */
  resumed(): number;
  stop(): Promise<void>;
}

const followed: readonly Followed[] = [
  {
    metric: 'EVENTS',
    cut: 'Event/ALL/EVENT_TYPE',
    args: 'metric: EVENTS, every: ALL, by: [EVENT_TYPE], last: 0',
  },
  {
    metric: 'REVENUE',
    cut: 'Sale/MINUTE/PRODUCT',
    args: 'metric: REVENUE, every: MINUTE, by: [PRODUCT], last: 100',
  },
];

const againAfterMs = 200;

/** One of each kind at each gateway. Call it before anything happens, so that they hear all. */
export function startFollowers(gateways: readonly RoleProcess[]): readonly Follower[] {
  return gateways.flatMap((_, first) => followed.map((one) => startFollower(one, gateways, first)));
}

function startFollower(one: Followed, gateways: readonly RoleProcess[], first: number): Follower {
  const earlier: Update[] = [];
  let current: Subscriber | undefined;
  let isStopping = false;
  let connections = 0;
  const received = () => [...earlier, ...(current?.received ?? [])];

  async function run(): Promise<void> {
    for (let turn = first; !isStopping; turn += 1) {
      const url = gateways[turn % gateways.length]?.url();
      if (url !== undefined) {
        current = subscribe(url, one.args, earlier.at(-1)?.cursor);
        await current.ended;
        await current.stop();
        if (current.received.length > 0) connections += 1;
        earlier.push(...current.received);
        current = undefined;
      }
      await pause(againAfterMs);
    }
  }

  const ran = run();
  return {
    followed: one,
    received,
    resumed: () => connections,
    async stop() {
      isStopping = true;
      await current?.stop();
      await ran;
    },
  };
}
