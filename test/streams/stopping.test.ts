// Holds that Ctrl-C ends a process in time while subscriptions are open, also while it waits for Kafka.

import { afterEach, expect, it } from 'vitest';
import { createCuttable } from '../support/cuttable.js';
import { sharedKafka } from '../support/kafka.js';
import { openProcesses, type Processes } from './processes.js';
import { describeOnBothLogs, describeOnKafka, openKafkaTopics } from './topics.js';

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

describeOnKafka('while Kafka is away', () => {
  it('a start says so, and can be interrupted, and goes on by itself when Kafka is there', {
    timeout: 60_000,
  }, async () => {
    const { brokers } = await sharedKafka();
    const [host = '', port] = (brokers[0] ?? '').split(':');
    const line = await createCuttable({ host, port: Number(port) });
    line.cut();
    processes = await openProcesses(openKafkaTopics);
    const away = { KAFKA_BROKERS: `127.0.0.1:${line.port}` };
    const isAway = new RegExp(`Kafka at 127.0.0.1:${line.port} closes the connection`);
    const interrupted = processes.run(away, 'start');
    const patient = processes.run(away, 'start');
    await Promise.all([interrupted, patient].map((program) => program.saying(isAway)));
    interrupted.interrupt();
    expect(await interrupted.ended).toEqual({ code: 0, signal: null });
    line.mend();
    await patient.saying(/answers at http/);
    await processes.close();
    processes = undefined;
    await line.close();
  });
});
