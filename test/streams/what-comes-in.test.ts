// Holds that events count once by every door, that purchases become sales, and that garbage stops nobody.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { launcher, runProgram } from '../support/program.js';
import { openSite, type Site } from './site.js';
import { type Subscriber, shown } from './subscriber.js';
import { describeOnBothLogs } from './topics.js';

describeOnBothLogs('what comes in', (openTopics) => {
  let site: Site;
  let marker: Subscriber;
  let marks = 0;
  beforeAll(async () => {
    site = await openSite(openTopics, { settings: { FLYWHEEL_TOPIC_PARTITIONS: '1' } });
    marker = site.follow('metric: EVENTS, every: ALL, by: [SOURCE], filter: { source: { equals: "mark" } }');
  });
  afterAll(async () => {
    await site?.close();
  });

  const collect = `mutation Send($events: [EventInput!]!) {
    collect(events: $events) { accepted rejected { index reason } }
  }`;

  /** Resolves when everything that was sent to that topic before has been read. */
  async function everythingRead(): Promise<void> {
    marks += 1;
    await site.ask(collect, { events: [{ type: 'mark', id: String(marks), source: 'mark' }] });
    await marker.until((received) => received.at(-1)?.value === marks);
  }

  /** What a command says that ends well. */
  async function flywheel(...args: readonly string[]): Promise<string> {
    const env = { DATABASE_URL: site.database.url, ...site.topics.settings };
    const program = runProgram(process.execPath, [launcher, ...args], { env });
    const { code } = await program.ended;
    expect(code, program.said()).toBe(0);
    return program.said();
  }

  async function rows(text: string): Promise<unknown[]> {
    return (await site.database.pool.query(text)).rows;
  }

  it('counts the same ids once, by collect and by POST /events', async () => {
    const from = (source: string) =>
      `metric: EVENTS, every: ALL, by: [SOURCE], filter: { source: { equals: "${source}" } }`;
    const follower = site.follow(from('shop'));
    const events = [1, 2, 3].map((id) => ({
      type: 'view',
      id: `view-${id}`,
      source: 'shop',
      customer: 'c1',
    }));
    const lines = [2, 3, 4]
      .map((id) => JSON.stringify({ event: 'view', id: `view-${id}`, source: 'shop', customer_id: 'c1' }))
      .join('\n');
    for (const _again of [1, 2]) {
      expect(await site.ask(collect, { events })).toEqual({ collect: { accepted: 3, rejected: [] } });
      expect(await site.post('/events', lines, 'application/x-ndjson')).toEqual({
        status: 200,
        body: { accepted: 3, rejected: [] },
      });
    }
    await everythingRead();
    await follower.until((received) => received.at(-1)?.value === 4);
    expect(await rows(`SELECT count(*)::int AS events FROM fact_event WHERE source = 'shop'`)).toEqual([
      { events: 4 },
    ]);
  });

  it('makes sales of purchases, which move the revenue at once', async () => {
    const revenue = site.follow('metric: REVENUE, every: ALL');
    const said = (value: number) => revenue.until((received) => received.at(-1)?.value === value);
    const purchase = (id: string, more: object) =>
      site.topics.send(site.topics.behaviour, { event: 'purchase', id, user_id: 1, ...more });
    await purchase('priced', { items: [{ product_id: 'lamp', quantity: 2, price: 12.5 }] });
    await said(25);
    // Without a price it is the latest that is known of the product.
    await purchase('bare', { item_id: 'lamp' });
    await said(37.5);
    await purchase('unknown', { item_id: 'never seen' });
    await everythingRead();
    expect(await site.report('REVENUE', 'UNITS')).toEqual({ REVENUE: 37.5, UNITS: 3 });
    const sales = await site.ask(
      '{ sales(orderBy: [{ amount: DESC }]) { nodes { product { code } quantity unitPrice amount estimated } } }',
    );
    const lamp = { product: { code: 'lamp' }, unitPrice: 12.5 };
    expect(sales).toEqual({
      sales: {
        nodes: [
          { ...lamp, quantity: 2, amount: 25, estimated: false },
          { ...lamp, quantity: 1, amount: 12.5, estimated: true },
        ],
      },
    });
    const ids = `SELECT event_id FROM fact_event WHERE type = 'purchase' ORDER BY event_id`;
    expect(await rows(ids)).toEqual(['bare', 'priced', 'unknown'].map((event_id) => ({ event_id })));
    expect(await rows('SELECT sum(unpriced)::int AS unpriced FROM stream_position')).toEqual([
      { unpriced: 1 },
    ]);
    expect(shown(revenue.received)).toEqual(['25', '37.5']);
  });

  it('puts garbage aside with its reason, reads the good ones behind it, and tries it again', async () => {
    const { behaviour, send } = site.topics;
    const good = { event: 'click', id: 'behind', user_id: 7 };
    await send(behaviour, 'no JSON', { event: 'click', user_id: { not: 'a code' } }, good);
    await everythingRead();
    expect(await rows(`SELECT type FROM fact_event WHERE event_id = 'behind'`)).toEqual([{ type: 'click' }]);
    const dead = () => rows('SELECT sum(dead)::int AS dead FROM stream_position');
    expect(await dead()).toEqual([{ dead: 2 }]);
    const list = await flywheel('dead-letters', 'list');
    expect(list).toMatch(/not valid JSON/i);
    expect(list.split('\n').filter((line) => line.includes(behaviour))).toHaveLength(2);
    expect(await flywheel('dead-letters', 'replay', '--all')).toContain('Appended again: 2 records');
    await everythingRead();
    // They are still what they were.
    expect(await dead()).toEqual([{ dead: 4 }]);
  });
});
