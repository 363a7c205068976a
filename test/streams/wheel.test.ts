// Holds that a decision goes round: made, shown, answered, learned; and that nothing is decided that is not written down.

import { createClient } from 'graphql-ws';
import { afterEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { readStates } from '../../src/warehouse/learner-states.js';
import { openSite, type Site } from './site.js';
import { describeOnBothLogs } from './topics.js';
import { at, settle, wheelSettings } from './wheel-site.js';

const settings = {
  ...wheelSettings,
  FLYWHEEL_TOPIC_PARTITIONS: '1',
  FLYWHEEL_HOLDOUT_SHARE: '0.3',
};

const productCode = z.object({ product: z.object({ code: z.string() }) });
const recommended = z.object({
  recommendations: z.object({
    decision: z.string().nullable(),
    arm: z.string().nullable(),
    degraded: z.boolean(),
    items: z.array(productCode),
  }),
});
const moment = z.string().nullable();
const slot = z.object({
  propensity: z.number(),
  shownAt: moment,
  clickedAt: moment,
  boughtAt: moment,
  lesson: moment,
});
const decisions = z.object({
  decisions: z.object({
    nodes: z.array(z.object({ code: z.string(), slots: z.object({ nodes: z.array(slot) }) })),
  }),
});
const followed = z.object({ decisions: z.object({ code: z.string(), customer: z.string() }) });

/** Six customers buy ten products, so that something sells best. */
const opening = Array.from({ length: 30 }, (_, place) => ({
  event: 'purchase',
  id: `o${place}`,
  customer_id: `c${place % 6}`,
  product_id: `p${place % 10}`,
  price: 5,
  timestamp: at(-60 + place),
}));

describeOnBothLogs('the wheel', (openTopics) => {
  let site: Site | undefined;
  afterEach(async () => {
    await site?.close();
    site = undefined;
  });

  async function open(more: Readonly<Record<string, string>> = {}): Promise<Site> {
    site = await openSite(openTopics, { settings: { ...settings, ...more } });
    await send(site, opening);
    await settle(site);
    return site;
  }

  async function send(to: Site, events: readonly object[]): Promise<void> {
    const lines = events.map((event) => JSON.stringify(event)).join('\n');
    expect(await to.post('/events', lines, 'application/x-ndjson')).toMatchObject({ status: 200 });
  }

  async function decideFor(to: Site, customer: string) {
    const answer = await to.ask(
      `{ recommendations(customer: "${customer}", first: 3, keepOwned: true, decide: true) {
        decision arm degraded items { product { code } }
      } }`,
    );
    return recommended.parse(answer).recommendations;
  }

  async function decided(to: Site) {
    const answer = await to.ask(
      `{ decisions(orderBy: [{customer: {code: ASC}}]) { nodes { code slots {
        nodes { propensity shownAt clickedAt boughtAt lesson }
      } } } }`,
    );
    return decisions.parse(answer).decisions.nodes;
  }

  it('decides, and learns what became of it', { timeout: 90_000 }, async () => {
    const to = await open();
    const shown = await Promise.all(['c0', 'c1', 'c2', 'c3'].map((code) => decideFor(to, code)));
    for (const one of shown) {
      expect(one).toMatchObject({ degraded: false, decision: expect.any(String), arm: expect.any(String) });
      expect(one.items).toHaveLength(3);
    }
    const codeOf = (place: number, item: number) => shown[place]?.items[item]?.product.code;
    const exposures = shown.map(({ decision }, place) => ({
      event: 'exposure',
      id: `e${place}`,
      customer_id: `c${place}`,
      decision,
      timestamp: at(place),
    }));
    const acts = [
      { event: 'click', id: 'k', customer_id: 'c0', product_id: codeOf(0, 1), timestamp: at(4) },
      {
        event: 'purchase',
        id: 'b',
        customer_id: 'c1',
        product_id: codeOf(1, 0),
        price: 5,
        decision: shown[1]?.decision,
        timestamp: at(5),
      },
      // Beyond the window of ten minutes.
      { event: 'click', id: 'late', customer_id: 'c2', product_id: codeOf(2, 0), timestamp: at(13) },
    ];
    await send(to, [...exposures, ...acts]);
    // Repeats change nothing.
    await send(to, [...exposures, ...acts]);
    await settle(to);
    const before = await decided(to);
    expect(before.map(({ code }) => code)).toEqual(shown.map(({ decision }) => decision));
    const slots = before.map((one) => one.slots.nodes);
    expect(slots.flat().filter(({ shownAt }) => shownAt === null)).toEqual([]);
    expect(slots.flat().filter(({ clickedAt }) => clickedAt !== null)).toEqual([slots[0]?.[1]]);
    expect(slots.flat().filter(({ boughtAt }) => boughtAt !== null)).toEqual([slots[1]?.[0]]);
    expect(await to.report('EXPOSURES', 'OUTCOMES')).toEqual({ EXPOSURES: 12, OUTCOMES: 2 });

    // The clock passes the ends of all windows: each place teaches once.
    await send(to, [{ event: 'view', id: 'v', customer_id: 'c5', product_id: 'p1', timestamp: at(60) }]);
    await settle(to);
    const after = (await decided(to)).flatMap((one) => one.slots.nodes);
    expect(after.map(({ lesson }) => lesson)).toEqual(Array(12).fill('taught'));
    const learned = await readStates(to.database);
    expect(learned.find(({ learner }) => learner === 'response')?.next).toBe(12n);
  });

  it('tells who follows, and decides nothing while that is switched off', { timeout: 90_000 }, async () => {
    const to = await open();
    const client = createClient({
      url: `${to.url().replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
    });
    const messages = client.iterate({
      query: 'subscription { decisions(kind: RECOMMEND, customer: "c1") { code customer } }',
    });
    const first = messages.next();
    const heard = first.then(({ value }) => followed.parse(value?.data).decisions);
    let last = await decideFor(to, 'c1');
    // Whoever follows hears what is decided from then on; the question is put again until that is so.
    for (let isHeard = false; !isHeard; ) {
      await decideFor(to, 'c2');
      isHeard = await Promise.race([heard.then(() => true), pauseMs(200).then(() => false)]);
      if (!isHeard) {
        await send(to, [{ event: 'view', customer_id: 'c5', product_id: 'p1', timestamp: at(1) }]);
        await settle(to);
        last = await decideFor(to, 'c1');
      }
    }
    const { code, customer } = await heard;
    expect(customer).toBe('c1');
    await messages.return?.();
    await client.dispose();
    await settle(to);
    const known = (await decided(to)).map((one) => one.code);
    expect(known).toContain(code);
    expect(known).toContain(last.decision);

    const off = await to.ask(
      'mutation { setAutomatic(action: RECOMMEND, on: false) { action on changedBy } }',
    );
    expect(off).toEqual({ setAutomatic: { action: 'RECOMMEND', on: false, changedBy: 'anonymous' } });
    const undecided = await decideFor(to, 'c1');
    expect(undecided).toMatchObject({ decision: null, arm: null, degraded: false });
    expect(undecided.items).toHaveLength(3);
    await settle(to);
    expect((await decided(to)).map((one) => one.code)).toEqual(known);
    await to.ask('mutation { setAutomatic(action: RECOMMEND, on: true) { on } }');
    expect((await decideFor(to, 'c1')).decision).toEqual(expect.any(String));
  });
});

function pauseMs(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
