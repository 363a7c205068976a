// Holds that server-sent events go on where they were when a gateway stopped, in both modes of graphql-sse's own client.

import { createClient } from 'graphql-sse';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSite, type Site } from './site.js';
import { documentOf, readUpdate, type Subscriber } from './subscriber.js';
import { describeOnBothLogs } from './topics.js';

const args = 'metric: EVENTS, every: ALL';

describeOnBothLogs('server-sent events', (openTopics) => {
  let site: Site;
  let witness: Subscriber | undefined;
  let sent: number;
  beforeEach(async () => {
    sent = 0;
    site = await openSite(openTopics);
  });
  afterEach(async () => {
    await site?.close();
  });

  /** Resolves when it was published, so that each is a message of its own. */
  async function send(): Promise<void> {
    sent += 1;
    await site.topics.send(site.topics.behaviour, { event: 'click', id: String(sent), user_id: 1 });
    await witness?.until((received) => received.at(-1)?.value === sent);
  }

  it.each([
    { mode: 'a stream for each', singleConnection: false },
    { mode: 'one stream for all', singleConnection: true },
  ])('go on after the Last-Event-ID: $mode', async ({ singleConnection }) => {
    const first = await site.start('gateway');
    witness = site.follow(args);
    await send();
    let { url } = first;
    let lastId: string | undefined;
    const client = createClient<boolean>({
      singleConnection,
      url: () => `${url}/graphql`,
      headers: (): Record<string, string> => (lastId === undefined ? {} : { 'last-event-id': lastId }),
      async retry() {
        // Both are published while nobody listens.
        await send();
        await send();
        url = site.url();
      },
    });
    const seen: string[] = [];
    for await (const { data } of client.iterate({ query: documentOf(args) })) {
      const { value, revision, cursor } = readUpdate(data);
      lastId = cursor;
      seen.push(`${value} r${revision}`);
      if (value === 1) await send();
      if (value === 2) void first.close();
      if (value === 4) break;
    }
    client.dispose();
    expect(seen).toEqual(['1 r1', '2 r2', '3 r3', '4 r4']);
  });
});
