// Keeps the customers of the demonstration acting, for as long as the warehouse holds nothing but the demonstration.

import type { Clock } from '../core/clock.js';
import type { Lease, Leases } from '../core/lease.js';
import type { Log } from '../core/log.js';
import { pause } from '../core/pause.js';
import type { Collector } from '../events/collect.js';
import { actLive } from '../simulator/act-live.js';
import { createShopWorldAside } from '../simulator/create-world.js';
import type { LiveEvent } from '../simulator/live-records.js';
import type { Database } from '../warehouse/database.js';
import { demoUntil } from '../warehouse/demo-state.js';
import { demoData, demoShop } from './fill-demo.js';

/** How long data of others may go unnoticed. */
const checkMs = 5_000;

export interface ActDemoDeps {
  readonly database: Pick<Database, 'pool'>;
  readonly leases: Leases;
  readonly clock: Clock;
  readonly log: Log;
  readonly collector: Pick<Collector, 'collect'>;
  /** The shop that was filled in; the demonstration's unless given. */
  readonly shop?: typeof demoShop;
}

const untilOf = (database: ActDemoDeps['database']) =>
  demoUntil(database, demoData.source, demoData.fileCount);

/**
 * One process at a time acts. Resolves when the signal is aborted, or for good once the warehouse is not (or no longer)
 * the demonstration's alone. Never rejects: what fails is told to the log, and tried again.
 */
export async function actDemo(deps: ActDemoDeps, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const stop = AbortSignal.any([signal, over.signal]);
  await deps.leases.hold(
    'demonstration',
    async (lease) => {
      if (await actUnderLease(deps, lease, stop)) return;
      over.abort();
    },
    {
      signal: stop,
      onFault: (error) => deps.log.warn({ error }, 'the demonstration pauses; it goes on by itself'),
    },
  );
}

/** Resolves to whether the warehouse was the demonstration's to the end. */
async function actUnderLease(deps: ActDemoDeps, lease: Lease, stop: AbortSignal): Promise<boolean> {
  const until = await untilOf(deps.database);
  if (until === undefined) return false;
  const ended = new AbortController();
  const acting = AbortSignal.any([stop, lease.lost, ended.signal]);
  let isOurs = true;
  const watch = async () => {
    while (isOurs && !acting.aborted) {
      await pause(checkMs, acting);
      if (!acting.aborted) isOurs = (await untilOf(deps.database)) !== undefined;
    }
    if (!isOurs)
      deps.log.info('data of another source came in, so the customers of the demonstration act no more');
  };
  const act = async () => {
    // The shop is that of the day on which it was filled in, whatever day it is now.
    const world = await createShopWorldAside({ ...(deps.shop ?? demoShop), until }, acting);
    deps.log.info('the customers of the demonstration act');
    await actLive(
      { world, clock: deps.clock, pause, collect: (events) => send(deps.collector, events) },
      acting,
    );
  };
  const ends = await Promise.allSettled([watch(), act()].map((work) => work.finally(() => ended.abort())));
  if (!isOurs) return false;
  const fault = ends.find((end) => end.status === 'rejected');
  if (fault !== undefined && !stop.aborted && !lease.lost.aborted) throw fault.reason;
  return true;
}

/** Sends the events as anybody would, each the text of a JSON object. */
async function send(collector: ActDemoDeps['collector'], events: readonly LiveEvent[]): Promise<void> {
  const inputs = events.map(({ record }) => ({ value: Buffer.from(JSON.stringify(record)), headers: {} }));
  const { rejected } = await collector.collect(inputs);
  const [first] = rejected;
  if (first !== undefined) throw new Error(`Events of the demonstration were rejected: ${first.reason}`);
}
