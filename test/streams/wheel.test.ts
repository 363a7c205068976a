// Holds that a decision goes round: made, shown, answered, learned, whatever order its parts arrive in.

import { afterEach, expect, it } from 'vitest';
import { readStates } from '../../src/warehouse/learner-states.js';
import { servicesInThreads } from '../support/gateway.js';
import { openSite, type Site } from './site.js';
import { describeOnBothLogs } from './topics.js';

const { LEARNING_URL, RECOMMENDATION_URL } = servicesInThreads;
const settings = {
  LEARNING_URL,
  RECOMMENDATION_URL,
  FLYWHEEL_SERVICE_DEADLINE_MS: '30000',
  FLYWHEEL_DECISION_PATIENCE_MS: '30000',
  FLYWHEEL_ATTRIBUTION_WINDOW: '10m',
  FLYWHEEL_TOPIC_PARTITIONS: '1',
  FLYWHEEL_HOLDOUT_SHARE: '0.3',
};

const startMs = Date.parse('2026-03-01T10:00:00Z');
const at = (minutes: number) => new Date(startMs + minutes * 60_000).toISOString();

interface Shown {
  readonly decision: string;
  readonly arm: string;
  readonly degraded: boolean;
  readonly items: readonly { readonly product: { readonly code: string } }[];
}

describeOnBothLogs('the wheel', (openTopics) => {
  let site: Site | undefined;
  afterEach(async () => {
    await site?.close();
    site = undefined;
  });

  async function open(): Promise<Site> {
    site = await openSite(openTopics, { settings });
    return site;
  }

  async function send(to: Site, events: readonly object[]): Promise<void> {
    const lines = events.map((event) => JSON.stringify(event)).join('\n');
    expect(await to.post('/events', lines, 'application/x-ndjson')).toMatchObject({ status: 200 });
  }

  async function settle(to: Site): Promise<void> {
    const { flywheel } = (await to.ask('{ flywheel { position } }')) as {
      readonly flywheel: { readonly position: string };
    };
    for (;;) {
      const answer = await to.ask('query ($p: String!) { flywheel { settled(position: $p) } }', {
        p: flywheel.position,
      });
      if (JSON.stringify(answer).includes('true')) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  const opening = Array.from({ length: 30 }, (_, place) => ({
    event: 'purchase',
    id: `o${place}`,
    customer_id: `c${place % 6}`,
    product_id: `p${place % 10}`,
    price: 5,
    timestamp: at(-60 + place),
  }));

  async function decideFor(to: Site, customer: string): Promise<Shown> {
    const answer = (await to.ask(
      `{ recommendations(customer: "${customer}", first: 3, keepOwned: true, decide: true) { decision arm degraded items { product { code } } } }`,
    )) as { readonly recommendations: Shown };
    return answer.recommendations;
  }

  it('decides, and learns what became of it', { timeout: 60_000 }, async () => {
    const to = await open();
    await send(to, opening);
    await settle(to);
    const shown = await Promise.all(['c0', 'c1', 'c2', 'c3'].map((code) => decideFor(to, code)));
    for (const one of shown) {
      expect(one).toMatchObject({ degraded: false, decision: expect.any(String) });
      expect(one.items).toHaveLength(3);
    }
    await send(
      to,
      shown.map(({ decision }, place) => ({
        event: 'exposure',
        id: `e${place}`,
        customer_id: `c${place}`,
        decision,
        timestamp: at(place),
      })),
    );
    const clicked = shown[0]?.items[1]?.product.code;
    const bought = shown[1]?.items[0]?.product.code;
    await send(to, [
      { event: 'click', id: 'k', customer_id: 'c0', product_id: clicked, timestamp: at(4) },
      {
        event: 'purchase',
        id: 'b',
        customer_id: 'c1',
        product_id: bought,
        price: 5,
        decision: shown[1]?.decision,
        timestamp: at(5),
      },
      // Beyond the window of ten minutes.
      {
        event: 'click',
        id: 'late',
        customer_id: 'c2',
        product_id: shown[2]?.items[0]?.product.code,
        timestamp: at(13),
      },
    ]);
    await settle(to);
    const { decisions } = (await to.ask(
      '{ decisions(orderBy: [{customer: {code: ASC}}]) { nodes { code kind policy customer { code } slots { nodes { slot propensity shownAt clickedAt boughtAt lesson product { code } } } } } }',
    )) as {
      readonly decisions: {
        readonly nodes: readonly {
          readonly code: string;
          readonly slots: {
            readonly nodes: readonly {
              readonly propensity: number;
              readonly shownAt: string | null;
              readonly clickedAt: string | null;
              readonly boughtAt: string | null;
            }[];
          };
        }[];
      };
    };
    expect(decisions.nodes.map(({ code }) => code)).toEqual(shown.map(({ decision }) => decision));
    const slots = decisions.nodes.map((one) => one.slots.nodes);
    expect(slots.flat().every(({ shownAt }) => shownAt !== null)).toBe(true);
    expect(slots.flat().filter(({ clickedAt }) => clickedAt !== null)).toEqual([slots[0]?.[1]]);
    expect(slots.flat().filter(({ boughtAt }) => boughtAt !== null)).toEqual([slots[1]?.[0]]);
    // The clock passes the ends of all windows: each place teaches once.
    await send(to, [{ event: 'view', id: 'v', customer_id: 'c5', product_id: 'p1', timestamp: at(60) }]);
    await settle(to);
    const states = await readStates(to.database);
    expect(states.find(({ learner }) => learner === 'response')?.next).toBe(12n);
    const again = await decideFor(to, 'c0');
    expect(again.decision).not.toBe(shown[0]?.decision);
  });
});
