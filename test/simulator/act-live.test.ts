// Holds that the shop acts at the moments of its events, makes up for short pauses, and lets long ones be.

import { beforeAll, describe, expect, it } from 'vitest';
import { actLive } from '../../src/simulator/act-live.js';
import { createShopWorld } from '../../src/simulator/create-world.js';
import type { LiveEvent } from '../../src/simulator/live-records.js';
import { liveEvents } from '../../src/simulator/live-shop.js';
import type { ShopWorld } from '../../src/simulator/world.js';
import { until } from './history.js';

const startMs = until.getTime();

let world: ShopWorld;
beforeAll(() => {
  world = createShopWorld({ seed: 5, until, customers: 300, products: 100, years: 1 });
});

interface Sent {
  readonly events: readonly LiveEvent[];
  readonly atMs: number;
}

/** Acts for so many pauses on a clock that only pauses move; `lengthen` makes some of them longer. */
async function act(pauses: number, lengthen: (pause: number) => number = () => 0): Promise<Sent[]> {
  let nowMs = startMs;
  let pause = 0;
  const sent: Sent[] = [];
  const end = new AbortController();
  await actLive(
    {
      world,
      clock: { nowMs: () => nowMs },
      pause: async (durationMs) => {
        pause += 1;
        nowMs += durationMs + lengthen(pause);
        if (pause === pauses) end.abort();
      },
      collect: async (events) => {
        sent.push({ events, atMs: nowMs });
      },
    },
    end.signal,
  );
  return sent;
}

describe('acting', () => {
  it('sends everything from half a minute back, once, in order, at its moment and never before', async () => {
    const sent = await act(240);
    const endMs = sent.at(-1)?.atMs ?? 0;
    expect(sent.flatMap(({ events }) => events)).toEqual([...liveEvents(world, startMs - 30_000, endMs + 1)]);
    for (const { events, atMs } of sent) {
      for (const event of events) {
        expect(event.atMs).toBeLessThanOrEqual(atMs);
        if (atMs > startMs) expect(event.atMs).toBeGreaterThan(atMs - 251);
      }
    }
  });

  it('makes up for a pause of less than a minute', async () => {
    const sent = await act(40, (pause) => (pause === 20 ? 50_000 : 0));
    const endMs = sent.at(-1)?.atMs ?? 0;
    expect(sent.flatMap(({ events }) => events)).toEqual([...liveEvents(world, startMs - 30_000, endMs + 1)]);
  });

  it('goes on half a minute back after a longer one', async () => {
    const sent = await act(40, (pause) => (pause === 20 ? 7_200_000 : 0));
    const wokeMs = startMs + 20 * 250 + 7_200_000;
    const after = sent.filter(({ atMs }) => atMs >= wokeMs).flatMap(({ events }) => events);
    expect(after).toEqual([...liveEvents(world, wokeMs - 30_000, (sent.at(-1)?.atMs ?? 0) + 1)]);
  });

  it('ends with the fault of whoever takes the events', async () => {
    const deps = { world, clock: { nowMs: () => startMs }, pause: async () => {} };
    const collect = () => Promise.reject(new Error('the log is full'));
    await expect(actLive({ ...deps, collect }, new AbortController().signal)).rejects.toThrow(
      'the log is full',
    );
  });
});
