// Holds that what a gateway tells of the wheel is what happened: in reports, in live windows and in `flywheel`.

import { afterEach, expect, it } from 'vitest';
import { openSite, type Site } from './site.js';
import type { Update } from './subscriber.js';
import { describeOnBothLogs } from './topics.js';
import { at, settle, wheelSettings } from './wheel-site.js';

const settings = {
  ...wheelSettings,
  FLYWHEEL_TOPIC_PARTITIONS: '1',
  FLYWHEEL_HOLDOUT_SHARE: '0.5',
};

interface Shown {
  readonly decision: string;
  readonly arm: string;
  readonly items: readonly { readonly product: { readonly code: string } }[];
}

interface ArmAnswer {
  readonly arm: string;
  readonly shown: number;
  readonly answered: number;
}

describeOnBothLogs('the figures of the wheel', (openTopics) => {
  let site: Site | undefined;
  afterEach(async () => {
    await site?.close();
    site = undefined;
  });

  async function send(to: Site, events: readonly object[]): Promise<void> {
    const lines = events.map((event) => JSON.stringify(event)).join('\n');
    expect(await to.post('/events', lines, 'application/x-ndjson')).toMatchObject({ status: 200 });
  }

  it('agree with one another', { timeout: 90_000 }, async () => {
    const to = await openSite(openTopics, { settings });
    site = to;
    await send(
      to,
      Array.from({ length: 30 }, (_, place) => ({
        event: 'purchase',
        id: `o${place}`,
        customer_id: `c${place % 10}`,
        product_id: `p${place % 10}`,
        price: 5,
        timestamp: at(-60 + place),
      })),
    );
    await settle(to);
    const customers = Array.from({ length: 10 }, (_, place) => `c${place}`);
    const shown = await Promise.all(
      customers.map(async (customer) => {
        const answer = (await to.ask(
          `{ recommendations(customer: "${customer}", first: 3, keepOwned: true, decide: true) { decision arm items { product { code } } } }`,
        )) as { readonly recommendations: Shown };
        return answer.recommendations;
      }),
    );
    await send(to, [
      ...shown.map(({ decision }, place) => ({
        event: 'exposure',
        id: `e${place}`,
        customer_id: customers[place],
        decision,
        timestamp: at(1),
      })),
      // Everybody clicks on the first thing that they see.
      ...shown.map(({ decision, items }, place) => ({
        event: 'click',
        id: `k${place}`,
        customer_id: customers[place],
        product_id: items[0]?.product.code,
        decision,
        timestamp: at(2),
      })),
      {
        event: 'click',
        id: 'x',
        customer_id: 'c0',
        // Shown to nobody, so that it is put down to nothing else.
        product_id: 'p77',
        decision: 'nobody-knows',
        timestamp: at(2),
      },
    ]);
    await settle(to);
    // Only then does the clock pass the ends of all windows: what is settled after them comes too late for minutes.
    await send(to, [{ event: 'view', id: 'v', customer_id: 'c0', product_id: 'p1', timestamp: at(60) }]);
    await settle(to);

    const { flywheel } = (await to.ask(`{ flywheel(from: "${at(0)}", to: "${at(10)}") {
      exposures outcomes unknownOutcomes decisions { kind count } arms { arm shown answered }
      lift { difference { value } treated { shown } heldOut { shown } }
      offPolicy { policy slots meanWeight snips { value } }
    } }`)) as {
      readonly flywheel: { readonly arms: readonly ArmAnswer[]; readonly offPolicy: readonly object[] };
    };
    const armsOf = (arm: string) => shown.filter((one) => one.arm === arm).length;
    const arms = [...new Set(shown.map(({ arm }) => arm))].sort();
    expect(arms).toEqual(['CHAMPION', 'HOLDOUT']);
    expect(flywheel).toMatchObject({
      exposures: 30,
      outcomes: 10,
      unknownOutcomes: 1,
      arms: arms.map((arm) => ({ arm, shown: 3 * armsOf(arm), answered: armsOf(arm) })),
      lift: {
        difference: { value: expect.closeTo(0, 12) },
        treated: { shown: 3 * armsOf('CHAMPION') },
        heldOut: { shown: 3 * armsOf('HOLDOUT') },
      },
    });
    // Every policy is weighed on every place of the champion's arm.
    expect(flywheel.offPolicy).toMatchObject(
      ['blend', 'learner', 'recommender'].map((policy) => ({ policy, slots: 3 * armsOf('CHAMPION') })),
    );

    const { report } = (await to.ask(
      '{ report(metrics: [EXPOSURES, OUTCOMES, OUTCOME_RATE], by: [ARM]) { rows { keys { value } values { value } } } }',
    )) as {
      readonly report: {
        readonly rows: readonly {
          readonly keys: readonly { readonly value: string }[];
          readonly values: readonly { readonly value: number }[];
        }[];
      };
    };
    const told = report.rows.map(({ keys, values }) => [keys[0]?.value, ...values.map(({ value }) => value)]);
    expect(told).toEqual(arms.map((arm) => [arm, 3 * armsOf(arm), armsOf(arm), 0.333333]));

    // Live windows say the same, and so do those of a minute in which something was shown and nothing was answered.
    const follow = async (metric: string, every: string, ...wanted: unknown[][]) => {
      const { until, received } = to.follow(`metric: ${metric}, every: ${every}, by: [ARM], last: 5`);
      // What came first may be as it was before the last facts.
      await until(() => latest(received).length >= wanted.length);
      await expect.poll(() => latest(received), { timeout: 20_000 }).toEqual(wanted);
    };
    await follow('OUTCOME_RATE', 'ALL', ...arms.map((arm) => [null, arm, 0.333333]));
    await follow('EXPOSURES', 'ALL', ...arms.map((arm) => [null, arm, 3 * armsOf(arm)]));
    await follow(
      'OUTCOME_RATE',
      'MINUTE',
      ...arms.map((arm) => [at(1), arm, 0]),
      ...arms.map((arm) => [at(2), arm, null]),
    );
  });
});

/** What was told last of each window and key, by both. */
function latest(received: readonly Update[]): unknown[][] {
  const last = new Map<string, Update>();
  for (const update of received) {
    const key = `${update.windowStart} ${update.keys[0]?.value}`;
    if ((last.get(key)?.revision ?? 0) <= (update.revision ?? 0)) last.set(key, update);
  }
  return [...last]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { windowStart, keys, value }]) => [windowStart, keys[0]?.value, value]);
}
