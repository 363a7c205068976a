// Holds that a subscriber gets the state and then every change: wherever it joins, and wherever it goes on.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { pause } from '../../src/core/pause.js';
import { brokenWindows, joinedAt } from './history.js';
import { openSite, type Site } from './site.js';
import { type Subscriber, subscribe, type Update } from './subscriber.js';
import { describeOnBothLogs } from './topics.js';

const secondMs = 1_000;
const firstMs = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 2 * 3_600_000;

describeOnBothLogs('who joins a stream', (openTopics) => {
  let site: Site;
  let sent: number;
  const others: Subscriber[] = [];
  beforeEach(async () => {
    sent = 0;
    // Late events amend their windows; the order between partitions is nobody's concern here.
    const settings = {
      FLYWHEEL_TOPIC_PARTITIONS: '2',
      FLYWHEEL_LATENESS_MS: '30000',
      FLYWHEEL_GRACE_MS: '3600000',
    };
    site = await openSite(openTopics, { settings });
  });
  afterEach(async () => {
    await Promise.all(others.splice(0).map((subscriber) => subscriber.stop()));
    await site?.close();
  });

  /** Events twelve seconds apart, of which every seventh is late. */
  async function send(count: number): Promise<void> {
    for (const end = sent + count; sent < end; sent += 1) {
      const atMs = firstMs + (sent - (sent % 7 === 6 ? 10 : 0)) * 12 * secondMs;
      const timestamp = new Date(atMs).toISOString();
      await site.topics.send(site.topics.behaviour, {
        event: 'click',
        id: `click ${sent}`,
        user_id: 1,
        timestamp,
      });
      await pause(10);
    }
  }

  /** An event in a window of its own, whose message is the last that is looked at. */
  async function sendLast(): Promise<void> {
    const timestamp = new Date(firstMs + 3_600_000).toISOString();
    await site.topics.send(site.topics.behaviour, { event: 'click', id: 'the last', user_id: 1, timestamp });
  }

  const isLast = ({ windowStart }: Update) => windowStart === new Date(firstMs + 3_600_000).toISOString();

  async function upToLast(subscriber: Subscriber): Promise<Update[]> {
    await subscriber.until((received) => received.some(isLast));
    return subscriber.received.slice(0, subscriber.received.findIndex(isLast) + 1);
  }

  const minutes = (last: number) => `metric: EVENTS, every: MINUTE, last: ${last}`;

  function follow(url: string, args: string, after?: string): Subscriber {
    const subscriber = subscribe(url, args, after);
    others.push(subscriber);
    return subscriber;
  }

  it('gets the newest windows and then every change, on any gateway', async () => {
    const another = await site.start('gateway');
    const first = site.follow(minutes(1));
    await send(1);
    await first.until((received) => received.length > 0);
    const joined: { readonly last: number; readonly subscriber: Subscriber }[] = [];
    for (let turn = 0; turn < 4; turn += 1) {
      const sending = send(25);
      for (const last of [1, 3]) {
        joined.push({ last, subscriber: follow(site.url(), minutes(last)) });
        joined.push({ last, subscriber: follow(another.url, minutes(last)) });
      }
      await sending;
    }
    await sendLast();
    const all = await upToLast(first);
    expect(brokenWindows(all)).toEqual([]);
    for (const { last, subscriber } of joined) {
      const received = await upToLast(subscriber);
      expect(joinedAt(all, received, last), JSON.stringify({ last, all, received })).toBeDefined();
    }
  });

  it('goes on after its cursor exactly, also across a restart of everything', async () => {
    const first = site.follow(minutes(1));
    await send(20);
    await first.until((received) => received.length >= 5);
    const cursor = first.received.at(-1)?.cursor;
    const had = [...first.received];
    const another = await site.start('gateway');
    const sending = send(20);
    const here = follow(site.url(), minutes(1), cursor);
    const there = follow(another.url, minutes(1), cursor);
    await sending;
    await Promise.all([first, here, there].map((subscriber) => subscriber.until(({ length }) => length > 0)));
    const restarted = site.restart();
    // What comes meanwhile is in the log when everything is there again.
    await send(20);
    await restarted;
    const missed = [first, here, there].map((subscriber) => ({
      received: subscriber.received,
      rest: follow(site.url(), minutes(1), subscriber.received.at(-1)?.cursor),
    }));
    await send(20);
    await sendLast();
    const [whole, ...others] = await Promise.all(
      missed.map(async ({ received, rest }) => [...received, ...(await upToLast(rest))]),
    );
    expect(brokenWindows(whole ?? [])).toEqual([]);
    for (const other of others) expect([...had, ...other]).toEqual(whole);
  });

  it('is told once that its cursor is too old, and then begins with the state', async () => {
    const first = site.follow('metric: EVENTS, every: ALL');
    await send(3);
    await first.until((received) => received.at(-1)?.value === 3);
    await first.stop();
    await send(2);
    const second = site.follow('metric: EVENTS, every: ALL');
    await second.until((received) => received.at(-1)?.value === 5);
    await site.topics.forget(site.topics.results);
    await site.restart();
    const third = site.follow('metric: EVENTS, every: ALL', first.received.at(-1)?.cursor);
    await third.until((received) => received.length === 2);
    await send(1);
    await third.until((received) => received.at(-1)?.value === 6);
    expect(third.received).toMatchObject([
      { value: null, revision: null, notice: expect.stringMatching(/cursor is older/) },
      { value: 5, notice: null },
      { value: 6, notice: null },
    ]);
    expect(brokenWindows(third.received.slice(1))).toEqual([]);
  });
});
