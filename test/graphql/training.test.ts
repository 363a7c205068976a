// Trainings through the API: who may ask for them, what becomes of them, and who hears of it, by every transport.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Role } from '../../src/core/scope.js';
import { beginTraining, endWithModel, saveTrainingProgress } from '../../src/warehouse/trainings.js';
import { inTransaction } from '../../src/warehouse/transaction.js';
import { type Gateway, startGateway } from '../support/gateway.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { askAs, roleKeys } from '../support/roles.js';
import { type Follower, followField, ways } from './live/clients.js';

/** Stands in for the process of the pipeline role that trains. */
const trainer = 1n;
/** What is heard comes by connections of its own, on a machine that may be busy. */
const patience = { timeout: 10_000 };

let database: TestDatabase;
let gateway: Gateway;
let open: Gateway;

beforeAll(async () => {
  database = await createTestDatabase({ poolSize: 10 });
  gateway = await startGateway(database, roleKeys);
  open = await startGateway(database);
}, 60_000);
afterAll(async () => {
  await Promise.all([gateway?.close(), open?.close()]);
  await database?.close();
});
afterEach(async () => {
  await database.pool.query('TRUNCATE training RESTART IDENTITY');
});

const ask = (query: string, role: Role = 'operator') => askAs(role, gateway.url, query);

describe('trainings', () => {
  it('are asked for once at a time, listed for every role, and cancelled', async () => {
    const asked = await ask(
      'mutation { train(service: SEGMENTATION, seed: 7) { number service state reason seed share step version startedAt endedAt } }',
    );
    expect(asked.data.train).toEqual({
      number: 1,
      service: 'SEGMENTATION',
      state: 'WAITING',
      reason: 'ASKED',
      seed: 7,
      share: 0,
      step: null,
      version: null,
      startedAt: null,
      endedAt: null,
    });
    const again = await ask('mutation { train(service: SEGMENTATION) { number } }');
    expect(again.errors).toMatchObject([{ extensions: { code: 'CONFLICT' } }]);
    const other = await ask(
      'mutation { train(service: RECOMMENDATION, promoteIfBetter: false) { number seed } }',
    );
    expect(other.data.train).toEqual({ number: 2, seed: 1 });

    const cancelled = await ask(
      'mutation { cancelTraining(service: SEGMENTATION) { number state endedAt } }',
    );
    expect(cancelled.data.cancelTraining).toEqual({
      number: 1,
      state: 'CANCELLED',
      endedAt: expect.any(String),
    });
    const none = await ask('mutation { cancelTraining(service: SEGMENTATION) { number } }');
    expect(none.errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);

    const { data } = await ask(
      '{ all: trainings { number state } one: trainings(service: SEGMENTATION, first: 1) { number askedAt cursor } }',
      'reader',
    );
    expect(data.all).toEqual([
      { number: 2, state: 'WAITING' },
      { number: 1, state: 'CANCELLED' },
    ]);
    expect(data.one).toMatchObject([{ number: 1 }]);
    const { rows } = await database.pool.query('SELECT promotes FROM training ORDER BY id');
    expect(rows).toEqual([{ promotes: true }, { promotes: false }]);
  });

  it.each(['reader', 'writer'] as const)('are neither asked for nor cancelled by a %s', async (role) => {
    for (const [mutation, what] of [
      ['train', 'train models'],
      ['cancelTraining', 'cancel trainings'],
    ]) {
      const { errors } = await ask(`mutation { ${mutation}(service: SEGMENTATION) { number } }`, role);
      const message = `This key has the role ${role}; to ${what}, use a key with the role operator.`;
      expect(errors).toMatchObject([{ message, extensions: { code: 'FORBIDDEN' } }]);
    }
    expect((await ask('{ trainings { number } }')).data).toEqual({ trainings: [] });
  });

  it('are refused where nothing is trained, and in lists that are too long', async () => {
    for (const service of ['FORECASTING', 'LEARNING']) {
      const { errors } = await ask(`mutation { train(service: ${service}) { number } }`);
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_INPUT' } }]);
    }
    const { errors } = await ask('{ trainings(first: 1001) { number } }');
    expect(errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED' } }]);
  });
});

interface Heard {
  readonly number: number;
  readonly state: string;
  readonly share: number;
  readonly step: string | null;
  readonly version: number | null;
  readonly cursor: string;
}

const document = `subscription Trainings($service: ServiceName, $after: String) {
  training(service: $service, after: $after) { number state share step version cursor }
}`;

describe.each(Object.keys(ways))('trainings over %s', (way) => {
  const followers: Follower<Heard>[] = [];
  afterEach(async () => {
    for (const follower of followers.splice(0)) await follower.stop();
  });

  function follow(variables: Record<string, unknown> = {}): Follower<Heard> {
    const follower = followField(way, open.url, { query: document, variables }, (data) => {
      const { training }: { training: Heard } = JSON.parse(JSON.stringify(data));
      return training;
    });
    followers.push(follower);
    return follower;
  }

  const lastOf = ({ received, ended }: Follower<Heard>) => ended ?? received.at(-1);

  it('are told as they stand and as they get on, and go on after a cursor', async () => {
    await ask('mutation { train(service: RECOMMENDATION) { number } }');
    const follower = follow({ service: 'RECOMMENDATION' });
    await expect
      .poll(() => lastOf(follower), patience)
      .toMatchObject({ number: 1, state: 'WAITING', share: 0 });
    await ask('mutation { train(service: SEGMENTATION) { number } }');
    const running = { id: 1, trainer };
    await beginTraining(database, running);
    await saveTrainingProgress(database, running, { share: 0.5, step: 'choosing weights' });
    await expect
      .poll(() => lastOf(follower), patience)
      .toMatchObject({ state: 'RUNNING', share: 0.5, step: 'choosing weights' });
    const after = follower.received.at(-1)?.cursor;
    await follower.stop();

    await inTransaction(database, (session) => endWithModel(session, running, 3));
    const resumed = follow({ service: 'RECOMMENDATION', after });
    await expect
      .poll(() => lastOf(resumed), patience)
      .toMatchObject({ state: 'REGISTERED', share: 1, version: 3 });
    expect(resumed.received).toHaveLength(1);
    expect(follower.received.every(({ number }) => number === 1)).toBe(true);
  });
});

describe('a plain request for trainings', () => {
  it('is told where they can be followed', async () => {
    const { errors } = await ask('subscription { training { state } }');
    expect(errors[0].message).toMatch(/served over WebSocket/);
  });
});
