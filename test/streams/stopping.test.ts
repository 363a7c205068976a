// Holds that Ctrl-C ends a process in time while subscriptions are open.

import { afterEach, expect, it } from 'vitest';
import { openProcesses, type Processes } from './processes.js';
import { describeOnBothLogs } from './topics.js';

let processes: Processes | undefined;
afterEach(async () => {
  await processes?.close();
});

describeOnBothLogs('Ctrl-C with open subscriptions', (openTopics) => {
  it('tells the subscribers, and ends', { timeout: 60_000 }, async () => {
    processes = await openProcesses(openTopics);
    const { program, url } = await processes.everything();
    const sockets = ['ALL', 'MINUTE'].map((every) =>
      processes?.follow(url, `metric: EVENTS, every: ${every}`),
    );
    const stream = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query: 'subscription { liveMetric(metric: EVENTS, every: ALL) { value } }' }),
    });
    const ending = stream.text();
    await processes.topics.send(processes.topics.behaviour, { event: 'click', id: 'one', user_id: 1 });
    for (const socket of sockets) await socket?.until(({ length }) => length > 0);
    program.interrupt();
    expect(await Promise.all(sockets.map((socket) => socket?.closed))).toMatchObject([
      { code: 1001 },
      { code: 1001 },
    ]);
    // It just ends, so that its reader connects again.
    expect(await ending).not.toContain('event: complete');
    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(program.said()).toMatch(/Stopped\.\s*$/);
  });
});
