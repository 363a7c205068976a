// Webhooks through the front door: kept by operators, told of decisions from the log, and of none too few after a kill.

import { afterEach, describe, expect, it } from 'vitest';
import { verifyMessage } from '../../src/core/signed-message.js';
import { type Decision, recordOf } from '../../src/events/decision.js';
import { createAppender } from '../../src/stream/postgres-append.js';
import { decisionOf } from '../flywheel/webhooks/decisions.js';
import { openReceiver, type Receiver } from '../flywheel/webhooks/receiver.js';
import { type Gateway, startGateway } from '../support/gateway.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { launcher, type RunningProgram, runProgram } from '../support/program.js';
import { askAs, roleKeys } from '../support/roles.js';
import { kill } from './processes.js';

const settings = { ...roleKeys, FLYWHEEL_WEBHOOK_PRIVATE: 'on' };
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

let database: TestDatabase | undefined;
let receiver: Receiver | undefined;
let gateway: Gateway | undefined;
let program: RunningProgram | undefined;
afterEach(async () => {
  if (program?.child.exitCode === null && program.child.signalCode === null) await kill(program);
  await gateway?.close();
  await receiver?.close();
  await database?.close();
  database = receiver = gateway = program = undefined;
});

/** Puts decisions into the log, as whoever decides does. */
async function decide({ pool }: TestDatabase, ...decisions: readonly Decision[]): Promise<void> {
  const appender = createAppender({ pool, onFault: () => undefined });
  await appender.append('flywheel.decisions', decisions.map(recordOf));
  await appender.close();
}

describe('webhooks', () => {
  it('are kept by operators, and get the decisions of the log', { timeout: 60_000 }, async () => {
    database = await createTestDatabase({ poolSize: 10 });
    receiver = await openReceiver(({ id, repeats }) =>
      id === decisionOf(2).id && repeats === 0 ? 410 : 200,
    );
    gateway = await startGateway(database, settings, ['gateway', 'pipeline']);
    const { url } = gateway;
    const ask = async (query: string, variables: object = {}) => {
      const { data, errors } = await askAs('operator', url, query, variables);
      expect(errors).toBeUndefined();
      return data;
    };
    const { addWebhook } = await ask(
      `mutation ($url: String!) {
        addWebhook(url: $url, kinds: [RECOMMEND]) { secret webhook { id url kinds deliveredAt waiting dead } }
      }`,
      { url: receiver.url },
    );
    const { secret, webhook } = addWebhook;
    expect(webhook).toEqual({
      id: expect.any(String),
      url: receiver.url,
      kinds: ['RECOMMEND'],
      deliveredAt: null,
      waiting: 0,
      dead: 0,
    });
    const taken = decisionOf(1);
    await decide(database, taken, decisionOf(2), decisionOf(3, { kind: 'REORDER' }), taken);
    await receiver.until(2);
    const [first] = receiver.taken.filter(({ id }) => id === taken.id);
    if (first === undefined) throw new Error('It did not arrive.');
    expect(verifyMessage(first.body, first.headers, [secret], { now: Date.now() / 1_000 }).id).toBe(taken.id);
    const { id } = webhook;
    const list = '{ webhooks { id deliveredAt waiting dead deadLetters { decision attempts fault } } }';
    const settled = async () => {
      const [one] = (await ask(list)).webhooks;
      return one.waiting === 0 && one.deliveredAt !== null;
    };
    while (!(await settled())) await pause(20);
    expect(await ask(list)).toEqual({
      webhooks: [
        {
          id,
          deliveredAt: expect.stringMatching(/^20/),
          waiting: 0,
          dead: 1,
          deadLetters: [
            {
              decision: decisionOf(2).id,
              attempts: 1,
              fault: 'It answered 410: nothing is taken there any more.',
            },
          ],
        },
      ],
    });
    const metrics = await (
      await fetch(`${url}/metrics`, { headers: { 'x-api-key': 'the key of the operator' } })
    ).text();
    expect(metrics).toContain('flywheel_webhook_attempts_total{outcome="delivered"} 1\n');
    expect(metrics).toContain('flywheel_webhook_attempts_total{outcome="dead"} 1\n');
    expect(metrics).toContain('flywheel_webhook_deliveries{state="dead"} 1\n');

    const rotate = 'mutation ($id: ID!) { rotateWebhookSecret(id: $id) { secret webhook { id } } }';
    const { rotateWebhookSecret } = await ask(rotate, { id });
    expect(rotateWebhookSecret).toEqual({ secret: expect.stringMatching(/^whsec_/), webhook: { id } });
    const retry = 'mutation ($id: ID!) { retryWebhook(id: $id) { dead } }';
    expect(await ask(retry, { id })).toEqual({ retryWebhook: { dead: 0 } });
    await receiver.until(3);
    const again = receiver.taken[2];
    if (again === undefined) throw new Error('It did not arrive again.');
    for (const one of [secret, rotateWebhookSecret.secret]) {
      expect(verifyMessage(again.body, again.headers, [one], { now: Date.now() / 1_000 }).id).toBe(
        decisionOf(2).id,
      );
    }
    const remove = 'mutation ($id: ID!) { removeWebhook(id: $id) { url } }';
    expect(await ask(remove, { id })).toEqual({ removeWebhook: { url: receiver.url } });
    expect(await ask('{ webhooks { id } }')).toEqual({ webhooks: [] });
    const gone = await askAs('operator', url, remove, { id });
    expect(gone.errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
    for (const role of ['reader', 'writer'] as const) {
      const answers = [
        '{ webhooks { id } }',
        'mutation { addWebhook(url: "https://8.8.8.8/") { secret } }',
        'mutation { removeWebhook(id: "1") { id } }',
        'mutation { rotateWebhookSecret(id: "1") { secret } }',
        'mutation { retryWebhook(id: "1") { id } }',
      ].map((query) => askAs(role, url, query));
      for (const { errors } of await Promise.all(answers)) {
        expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
      }
    }
  });

  it('may not lead to this machine, unless that is set', { timeout: 60_000 }, async () => {
    database = await createTestDatabase({ poolSize: 10 });
    gateway = await startGateway(database, roleKeys);
    const { errors } = await askAs(
      'operator',
      gateway.url,
      'mutation { addWebhook(url: "http://localhost:4000/graphql") { secret } }',
    );
    expect(errors).toMatchObject([
      {
        message: expect.stringContaining('set FLYWHEEL_WEBHOOK_PRIVATE=on'),
        extensions: { code: 'BAD_INPUT' },
      },
    ]);
  });

  it('are told again, under the same id, of what was on its way when the pipeline was killed', {
    timeout: 120_000,
  }, async () => {
    database = await createTestDatabase({ poolSize: 10 });
    const { url } = database;
    receiver = await openReceiver(({ repeats }) => (repeats === 0 ? undefined : 200));
    gateway = await startGateway(database, settings);
    const { errors } = await askAs(
      'operator',
      gateway.url,
      'mutation ($url: String!) { addWebhook(url: $url) { secret } }',
      { url: receiver.url },
    );
    expect(errors).toBeUndefined();
    const pipeline = async () => {
      const env = {
        DATABASE_URL: url,
        FLYWHEEL_DEMO: 'off',
        FLYWHEEL_TRAIN_EVERY: 'off',
        FLYWHEEL_TRAIN_AFTER_EVENTS: 'off',
        FLYWHEEL_WEBHOOK_PRIVATE: 'on',
      };
      const started = runProgram(process.execPath, [launcher, 'start', '--role', 'pipeline'], { env });
      await started.saying('The pipeline runs');
      return started;
    };
    program = await pipeline();
    const decisions = [1, 2, 3].map((number) => decisionOf(number));
    await decide(database, ...decisions);
    await receiver.until(3);
    await kill(program);
    program = await pipeline();
    await receiver.until(6);
    const ids = decisions.map((decision) => decision.id).sort();
    for (const repeats of [0, 1]) {
      const taken = receiver.taken.filter((one) => one.repeats === repeats);
      expect(taken.map(({ id }) => id).sort()).toEqual(ids);
    }
    const left = 'SELECT count(*)::int AS count FROM webhook_delivery';
    while ((await database.pool.query(left)).rows[0].count > 0) await pause(20);
    expect(receiver.taken).toHaveLength(6);
  });
});
