// Holds that what ordinary producers send is counted once, and is the same live and in the report.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { pause } from '../../src/core/pause.js';
import { openSite, type Site } from './site.js';
import { shown } from './subscriber.js';
import { describeOnBothLogs } from './topics.js';

describeOnBothLogs('live and in the report', (openTopics) => {
  let site: Site;
  beforeEach(async () => {
    site = await openSite(openTopics);
  });
  afterEach(async () => {
    await site?.close();
  });

  it('ten measurements without keys are 10, 4,500 in all and 450 on average', async () => {
    const expected = { MEASUREMENTS: 10, MEASUREMENT_TOTAL: 4_500, MEASUREMENT_AVERAGE: 450 };
    const followers = Object.entries(expected).flatMap(([metric, value]) =>
      ['ALL', 'MINUTE'].map((every) => ({
        value,
        follower: site.follow(`metric: ${metric}, every: ${every}`),
      })),
    );
    // All in one minute, as the producers have it that send them at once.
    const time = Math.floor(Date.now() / 60_000) * 60 + 1;
    for (let i = 0; i < 10; i += 1) {
      await site.topics.send(site.topics.measurement, {
        event_id: i,
        event_time: time + i / 1_000,
        value: i * 100,
      });
    }
    // An average is right for a moment before all are in; the number of measurements tells when all are.
    await Promise.all(
      followers.map(({ follower, value }) => follower.until((received) => received.at(-1)?.value === value)),
    );
    expect(await site.report(...Object.keys(expected))).toEqual(expected);
  });

  it('counts the events of each customer as they come', async () => {
    const { behaviour, send } = site.topics;
    const counts = site.follow('metric: EVENTS, every: ALL, by: [CUSTOMER]');
    const click = (user: number) =>
      send(behaviour, {
        user_id: user,
        event: 'click',
        item_id: 101,
        timestamp: new Date().toISOString().slice(0, 19).replace('T', ' '),
      });
    for (const [place, user] of [1, 2, 1, 1].entries()) {
      await click(user);
      // What comes within the same moment is shown as one change.
      await Promise.all([pause(200), counts.until((received) => received.length > place)]);
    }
    expect(shown(counts.received)).toEqual(['1 1', '2 1', '1 2', '1 3']);
    expect(await site.report('EVENTS', 'VISITORS', 'CLICKS')).toEqual({ EVENTS: 4, VISITORS: 2, CLICKS: 4 });
  });
});
