// Decisions on their way to webhooks: what arrives, what is tried again, what is given up, and who waits for whom.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.js';
import { verifyMessage } from '../../../src/core/signed-message.js';
import type { Decision } from '../../../src/events/decision.js';
import { announceDecisions } from '../../../src/flywheel/webhooks/announce.js';
import { type AttemptOutcome, runCourier } from '../../../src/flywheel/webhooks/courier.js';
import { createPoster, type PosterDeps } from '../../../src/flywheel/webhooks/post.js';
import { createWebhooks } from '../../../src/flywheel/webhooks/webhooks.js';
import { createListener, type Listener } from '../../../src/stream/postgres-listener.js';
import { inTransaction } from '../../../src/warehouse/transaction.js';
import { webhookChannel } from '../../../src/warehouse/wheel/webhook-deliveries.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { decisionOf } from './decisions.js';
import { type Answer, openReceiver, type Receiver } from './receiver.js';

let database: TestDatabase;
let listener: Listener;
let receivers: Receiver[] = [];
let couriers: { stop(): Promise<void> }[] = [];
let outcomes: AttemptOutcome[] = [];
let faults: unknown[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  listener = createListener({ url: database.url });
});
afterAll(async () => {
  await listener?.close();
  await database?.close();
});
beforeEach(() => {
  outcomes = [];
  faults = [];
});
afterEach(async () => {
  await Promise.all(couriers.map((courier) => courier.stop()));
  await Promise.all(receivers.map((receiver) => receiver.close()));
  couriers = [];
  receivers = [];
  await database.pool.query('TRUNCATE webhook CASCADE');
  expect(faults).toEqual([]);
});

const desk = () => createWebhooks({ database, isPrivateAllowed: true });

async function receiving(answer?: Answer): Promise<Receiver> {
  const receiver = await openReceiver(answer);
  receivers.push(receiver);
  return receiver;
}

/** As the pipeline does with a batch. */
async function announce(...decisions: readonly Decision[]): Promise<void> {
  const facts = decisions.map((decision) => ({
    decision,
    customerId: null,
    productId: null,
    slotProductIds: decision.slots.map(() => null),
  }));
  await inTransaction(database, (session) => announceDecisions(session, { decisions: facts }));
}

/** Delivers until it is stopped; what fails is tried again at once, three times in all. */
function deliver(options: PosterDeps = { isPrivateAllowed: true }) {
  const stopping = new AbortController();
  const poster = createPoster(options);
  const running = runCourier(
    {
      database,
      poster,
      plan: { attemptsMax: 3, pauseMs: () => 1 },
      clock: systemClock,
      onNews: (callback) => listener.on(webhookChannel, callback),
      onAttempt: (outcome) => outcomes.push(outcome),
      onFault: (error) => faults.push(error),
    },
    stopping.signal,
  );
  const courier = {
    async stop() {
      stopping.abort();
      await running;
      poster.close();
    },
  };
  couriers.push(courier);
  return courier;
}

async function deliveriesLeft(): Promise<number> {
  const { rows } = await database.pool.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM webhook_delivery WHERE due_at IS NOT NULL',
  );
  return rows[0]?.count ?? 0;
}

/** Resolves when nothing waits any more: it has arrived or was given up. */
async function nothingWaits(): Promise<void> {
  while ((await deliveriesLeft()) > 0) await new Promise((resolve) => setTimeout(resolve, 10));
}

const verified = ({ body, headers }: Receiver['taken'][number], secret: string) =>
  verifyMessage(body, headers, [secret], { now: Date.now() / 1_000 });

describe('a decision', () => {
  it('arrives once at each webhook that wants its kind, signed, and says what was decided', async () => {
    const all = await receiving();
    const orders = await receiving();
    const { secret, webhook } = await desk().add(all.url, []);
    await desk().add(orders.url, ['REORDER', 'CAMPAIGN']);
    deliver();
    const shown = decisionOf(1);
    const order = decisionOf(2, { kind: 'REORDER', customer: null, product: 'P007', slots: [] });
    await announce(shown, order);
    await announce(shown);
    await nothingWaits();
    expect(all.taken.map(({ id }) => id).sort()).toEqual([shown.id, order.id].sort());
    expect(orders.taken.map(({ id }) => id)).toEqual([order.id]);
    const [first] = all.taken.filter(({ id }) => id === shown.id);
    if (first === undefined) throw new Error('It did not arrive.');
    expect(verified(first, secret)).toMatchObject({ id: shown.id });
    expect(first.headers['content-type']).toBe('application/json');
    expect(JSON.parse(first.body)).toEqual({
      id: shown.id,
      type: 'decision',
      kind: 'RECOMMEND',
      customer: 'C001',
      product: null,
      cause: 'asked',
      policy: 'blend',
      model: 'recommendation 3',
      experiment: 'holdout',
      arm: 'TREATED',
      details: { number: 1 },
      decidedAt: '2026-01-02T03:04:05.678Z',
      choices: [
        { slot: 1, product: 'P001', choice: null, score: 2.5, propensity: 0.75 },
        { slot: 2, product: 'P002', choice: 'DISCOUNT_10', score: 1, propensity: 1 },
      ],
    });
    expect(outcomes).toEqual(['delivered', 'delivered', 'delivered']);
    const noted = async () => (await desk().list()).every(({ deliveredAt }) => deliveredAt !== null);
    while (!(await noted())) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await desk().list()).toMatchObject([
      { id: webhook.id, kinds: [], waiting: 0, dead: 0 },
      { kinds: ['CAMPAIGN', 'REORDER'], waiting: 0, dead: 0 },
    ]);
  });

  it('is signed with the secret before the newest too, and with none that was before it', async () => {
    const receiver = await receiving();
    const { webhook, secret: first } = await desk().add(receiver.url, []);
    const { secret: second } = await desk().rotateSecret(webhook.id);
    const { secret: third } = await desk().rotateSecret(webhook.id);
    await announce(decisionOf(1));
    deliver();
    await receiver.until(1);
    const [message] = receiver.taken;
    if (message === undefined) throw new Error('It did not arrive.');
    expect(verified(message, second)).toEqual(verified(message, third));
    expect(() => verified(message, first)).toThrow('None of its signatures');
  });

  it('is on its way to nobody where nobody is registered', async () => {
    await announce(decisionOf(1));
    expect(await deliveriesLeft()).toBe(0);
  });
});

describe('what fails', () => {
  it('comes again under the same id until it is taken', async () => {
    const receiver = await receiving(({ repeats }) => [500, 429, 200][repeats]);
    await desk().add(receiver.url, []);
    await announce(decisionOf(1));
    deliver();
    await nothingWaits();
    expect(receiver.taken.map(({ id }) => id)).toEqual(Array(3).fill(decisionOf(1).id));
    expect(new Set(receiver.taken.map(({ body }) => body)).size).toBe(1);
    expect(outcomes).toEqual(['failed', 'failed', 'delivered']);
    expect(await desk().list()).toMatchObject([{ waiting: 0, dead: 0 }]);
  });

  it('is a dead letter after the last attempt, until it is given all of them again', async () => {
    const receiver = await receiving(({ repeats }) => (repeats < 4 ? 500 : 200));
    const { webhook } = await desk().add(receiver.url, []);
    await announce(decisionOf(1), decisionOf(2));
    deliver();
    await nothingWaits();
    expect(outcomes.toSorted()).toEqual(['dead', 'dead', 'failed', 'failed', 'failed', 'failed']);
    expect(await desk().list()).toMatchObject([{ waiting: 0, dead: 2, deliveredAt: null }]);
    const dead = await desk().deadLetters(webhook.id, 10);
    expect(dead.map(({ decisionId }) => decisionId)).toEqual([decisionOf(2).id, decisionOf(1).id]);
    expect(dead).toMatchObject([
      { attempts: 3, fault: 'It answered with status 500; 200 to 299 is success.' },
      { attempts: 3 },
    ]);
    expect(await desk().deadLetters(webhook.id, 1)).toHaveLength(1);

    await desk().retry(webhook.id, [decisionOf(1).id, 'another']);
    await nothingWaits();
    expect(receiver.taken.filter(({ id }) => id === decisionOf(1).id)).toHaveLength(5);
    expect(await desk().list()).toMatchObject([{ waiting: 0, dead: 1 }]);
    await desk().retry(webhook.id, null);
    await nothingWaits();
    expect(receiver.taken.filter(({ id }) => id === decisionOf(2).id)).toHaveLength(5);
    expect(await desk().deadLetters(webhook.id, 10)).toEqual([]);
  });

  it.each([
    ['the receiver says that nothing is taken any more', 410, 1, 'It answered 410'],
    ['it is sent elsewhere, where nobody has registered', 307, 3, 'redirects are not followed'],
  ])('is not sent on when %s', async (_case, status, attempts, why) => {
    const elsewhere = await receiving();
    const receiver = await receiving((_taken, response) => {
      response.setHeader('location', elsewhere.url);
      return status;
    });
    const { webhook } = await desk().add(receiver.url, []);
    await announce(decisionOf(1));
    deliver();
    await nothingWaits();
    expect(await desk().deadLetters(webhook.id, 10)).toMatchObject([
      { attempts, fault: expect.stringContaining(why) },
    ]);
    expect([receiver.taken.length, elsewhere.taken.length]).toEqual([attempts, 0]);
  });

  it('says that there was no answer, or nobody at all', async () => {
    const silent = await receiving(() => undefined);
    const away = await openReceiver();
    await away.close();
    for (const { url } of [silent, away]) await desk().add(url, []);
    await announce(decisionOf(1));
    deliver({ isPrivateAllowed: true, timeoutMs: 50 });
    await nothingWaits();
    const letters = (await desk().list()).map(({ id }) => desk().deadLetters(id, 1));
    expect((await Promise.all(letters)).flat()).toMatchObject([
      { fault: 'It did not answer within 0.05 s.' },
      { fault: 'It cannot be reached, or does not speak HTTP (ECONNREFUSED).' },
    ]);
  });

  it('is made again at once on a new connection when the one that was kept is closed', async () => {
    const receiver = await receiving(({ id, repeats }, response) => {
      if (id === decisionOf(2).id && repeats === 0) response.destroy();
      else return 200;
    });
    await desk().add(receiver.url, []);
    deliver();
    await announce(decisionOf(1));
    await nothingWaits();
    await announce(decisionOf(2));
    await nothingWaits();
    expect(receiver.taken.map(({ id }) => id)).toEqual([1, 2, 2].map((number) => decisionOf(number).id));
    expect(outcomes).toEqual(['delivered', 'delivered']);
  });

  it('stands before nothing else when it can never be signed', async () => {
    const receiver = await receiving();
    const { webhook } = await desk().add(receiver.url, []);
    await announce({ ...decisionOf(1), id: 'of.another' }, decisionOf(2));
    deliver();
    await nothingWaits();
    expect(receiver.taken.map(({ id }) => id)).toEqual([decisionOf(2).id]);
    expect(await desk().deadLetters(webhook.id, 10)).toMatchObject([
      { decisionId: 'of.another', attempts: 1 },
    ]);
  });
});

describe('a receiver', () => {
  it('that is slow holds up no other, and gets a few at once', async () => {
    let letGo = () => {};
    const others = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const slow = await receiving(async () => {
      await others;
      return 200;
    });
    const quick = await receiving();
    for (const { url } of [slow, quick]) await desk().add(url, []);
    const decisions = Array.from({ length: 40 }, (_, number) => decisionOf(number));
    await announce(...decisions);
    deliver();
    await quick.until(decisions.length);
    await slow.until(4);
    expect(slow.taken).toHaveLength(4);
    letGo();
    await nothingWaits();
    for (const receiver of [slow, quick]) {
      expect(new Set(receiver.taken.map(({ id }) => id)).size).toBe(decisions.length);
      expect(receiver.taken).toHaveLength(decisions.length);
      expect(receiver.atOnce()).toBeLessThanOrEqual(4);
    }
  });

  it('gets again what it may have taken when the courier stopped', async () => {
    const receiver = await receiving(({ repeats }) => (repeats === 0 ? undefined : 200));
    await desk().add(receiver.url, []);
    await announce(decisionOf(1));
    const courier = deliver();
    await receiver.until(1);
    await courier.stop();
    const { rows } = await database.pool.query('SELECT attempts, fault FROM webhook_delivery');
    expect(rows).toEqual([{ attempts: 0, fault: null }]);
    deliver();
    await nothingWaits();
    expect(receiver.taken.map(({ id, repeats }) => [id, repeats])).toEqual([
      [decisionOf(1).id, 0],
      [decisionOf(1).id, 1],
    ]);
  });

  it.each(['http://127.0.0.1', 'http://localhost', 'https://localhost', 'http://[::1]'])(
    'that only this machine reaches is not connected to: %s',
    async (origin) => {
      const receiver = await receiving();
      const { webhook } = await desk().add(`${origin}:${receiver.port}/`, []);
      await announce(decisionOf(1));
      deliver({ isPrivateAllowed: false });
      await nothingWaits();
      expect(await desk().deadLetters(webhook.id, 10)).toMatchObject([
        { fault: expect.stringContaining('FLYWHEEL_WEBHOOK_PRIVATE=on') },
      ]);
      expect(receiver.taken).toEqual([]);
    },
  );

  it('that is removed gets nothing more', async () => {
    const receiver = await receiving();
    const { webhook } = await desk().add(receiver.url, []);
    await announce(decisionOf(1));
    expect(await desk().remove(webhook.id)).toMatchObject({ id: webhook.id, waiting: 1 });
    await announce(decisionOf(2));
    expect(await deliveriesLeft()).toBe(0);
    const unknown = { code: 'NOT_FOUND' };
    await expect(desk().remove(webhook.id)).rejects.toMatchObject(unknown);
    await expect(desk().rotateSecret(webhook.id)).rejects.toMatchObject(unknown);
    await expect(desk().retry('none', null)).rejects.toMatchObject(unknown);
    // Otherwise it would be told of all kinds.
    await expect(desk().add(receiver.url, ['REODER'])).rejects.toMatchObject({ code: 'BAD_INPUT' });
  });
});
