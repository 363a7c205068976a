// When a service is trained without anybody asking.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createModelStore } from '../../../src/services/host/registry.js';
import type { TrainerDeps } from '../../../src/services/host/trainer.js';
import { reasonToTrain } from '../../../src/services/host/training-schedule.js';
import { createTrainings } from '../../../src/services/host/trainings.js';
import type { Trainings } from '../../../src/services/host/trainings-contract.js';
import { createListener, type Listener } from '../../../src/stream/postgres-listener.js';
import type { TrainingNeed } from '../../../src/warehouse/training-needs.js';
import { eventually } from '../../contracts/log-server.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { fillSmallShop } from '../../support/small-shop.js';
import { startTrainerProcess, type TrainerProcess } from './trainer-process.js';

const hourMs = 3_600_000;
const schedule = { everyMs: 24 * hourMs, afterEvents: 1_000 };
const young: TrainingNeed = {
  service: 'recommendation',
  hasModel: true,
  hasSales: true,
  isUnfinished: false,
  isOnTrial: false,
  hasDrifted: false,
  ageMs: hourMs,
  events: 1_000,
  failures: 0,
  failedMs: null,
};

describe('a service is trained', () => {
  it('before its first model, once there is something to train on', () => {
    const none = { ...young, hasModel: false, ageMs: null };
    expect(reasonToTrain(none, schedule)).toBe('first');
    expect(reasonToTrain({ ...none, hasSales: false }, schedule)).toBeUndefined();
  });

  it('when the newest training has its age, or enough events came since', () => {
    expect(reasonToTrain(young, schedule)).toBeUndefined();
    expect(reasonToTrain({ ...young, ageMs: 24 * hourMs }, schedule)).toBe('age');
    expect(reasonToTrain({ ...young, events: 1_001 }, schedule)).toBe('events');
  });

  it('for events not before an hour has passed', () => {
    const fresh = { ...young, events: 1e9, ageMs: hourMs - 1 };
    expect(reasonToTrain(fresh, schedule)).toBeUndefined();
    expect(reasonToTrain({ ...fresh, ageMs: hourMs }, schedule)).toBe('events');
    expect(reasonToTrain(fresh, { ...schedule, everyMs: 60_000 })).toBe('age');
  });

  it('when its learners saw a drift, not before an hour has passed', () => {
    const drifted = { ...young, hasDrifted: true };
    expect(reasonToTrain(drifted, schedule)).toBe('drift');
    expect(reasonToTrain({ ...drifted, ageMs: hourMs - 1 }, schedule)).toBeUndefined();
    expect(reasonToTrain(drifted, { ...schedule, afterEvents: undefined })).toBe('drift');
  });

  it('not while a model of it is on trial', () => {
    expect(reasonToTrain({ ...young, ageMs: 24 * hourMs, isOnTrial: true }, schedule)).toBeUndefined();
  });

  it('for no reason that is switched off', () => {
    const old = { ...young, ageMs: 1_000 * hourMs };
    expect(reasonToTrain(old, { ...schedule, everyMs: undefined })).toBeUndefined();
    expect(reasonToTrain({ ...young, events: 1e9 }, { ...schedule, afterEvents: undefined })).toBeUndefined();
    const never = { everyMs: undefined, afterEvents: undefined };
    expect(reasonToTrain({ ...old, events: 1e9, hasModel: false }, never)).toBeUndefined();
  });

  it('not while a training of it waits or runs', () => {
    expect(reasonToTrain({ ...young, hasModel: false, isUnfinished: true }, schedule)).toBeUndefined();
  });

  it.each([
    [1, 10],
    [2, 20],
    [4, 80],
    [9, 1_440],
    [100, 1_440],
  ])('after %i failures in a row not for %i minutes', (failures, minutes) => {
    const failed = { ...young, hasModel: false, failures };
    expect(reasonToTrain({ ...failed, failedMs: minutes * 60_000 - 1 }, schedule)).toBeUndefined();
    expect(reasonToTrain({ ...failed, failedMs: minutes * 60_000 }, schedule)).toBe('first');
  });
});

describe('the trainer asks for what is due', { timeout: 120_000 }, () => {
  let database: TestDatabase;
  let listener: Listener;
  let trainings: Trainings;
  const processes: TrainerProcess[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    listener = createListener({ url: database.url });
    trainings = createTrainings({ database, listener });
  });
  beforeEach(() => database.pool.query('TRUNCATE training, model, model_champion RESTART IDENTITY'));
  afterEach(() => Promise.all(processes.splice(0).map((each) => each.close())));
  afterAll(async () => {
    await listener.close();
    await database.close();
  });

  const start = (deps: Pick<TrainerDeps, 'tries'> = {}) =>
    processes.push(startTrainerProcess(database.url, { schedule, lookMs: 100, ...deps }));
  const reasons = async () =>
    (await trainings.list({ first: 100 })).map(
      ({ service, reason, state }) => `${service} ${reason} ${state}`,
    );

  /** As if trainings of both services had begun that long ago. */
  async function trained(hours: number, accepted: number): Promise<void> {
    for (const service of ['recommendation', 'segmentation']) {
      await database.pool.query(
        `INSERT INTO training (service, state, reason, seed, promotes, version, started_at, ended_at, accepted)
         VALUES ($1, 'registered', 'asked', 1, true, 1, now() - $2::int * interval '1 hour', now(), $3)`,
        [service, hours, accepted],
      );
      await database.pool.query(
        `INSERT INTO model (service, version, rows, seed, parameters, quality, measure, better, bytes)
         VALUES ($1, 1, '{}', 1, '{"factor":1}', '{"factor":1}', 'factor', 'larger', '{"factor":1}')`,
        [service],
      );
    }
  }

  it('for both services as soon as something was sold, and then not again', async () => {
    start();
    await eventually(async () => {
      const held = await database.pool.query(`SELECT FROM lease WHERE name = 'trainer' AND number > 0`);
      expect(held.rowCount).toBe(1);
    });
    expect(await reasons()).toEqual([]);
    await fillSmallShop(database.pool);
    await eventually(async () =>
      expect(await reasons()).toEqual(['recommendation first registered', 'segmentation first registered']),
    );
  });

  it('with age', async () => {
    await trained(25, 0);
    await database.pool.query(`UPDATE training SET started_at = now() WHERE service = 'segmentation'`);
    start();
    await eventually(async () => expect(await reasons()).toContain('recommendation age registered'));
    expect(await trainings.list({ service: 'segmentation', first: 10 })).toHaveLength(1);
  });

  it('after so many events, counted from the beginning of the training before', async () => {
    const accept = (count: number) =>
      database.pool.query(
        `INSERT INTO stream_position (group_name, cluster_id, topic_id, partition, topic, next_offset, end_offset, accepted)
         VALUES ('flywheel', 'c', 't', 0, 'user-behavior', 0, 0, $1)
         ON CONFLICT (group_name, cluster_id, topic_id, partition) DO UPDATE SET accepted = excluded.accepted`,
        [count],
      );
    await accept(5_000);
    await trained(1, 4_500);
    await database.pool.query(`UPDATE training SET accepted = 3_999 WHERE service = 'segmentation'`);
    start();
    await eventually(async () => expect(await reasons()).toContain('segmentation events registered'));
    const [newest] = (await database.pool.query(`SELECT accepted FROM training WHERE reason = 'events'`))
      .rows;
    expect(newest).toEqual({ accepted: '5000' });
    expect(await trainings.list({ service: 'recommendation', first: 10 })).toHaveLength(1);
    await accept(5_501);
    await eventually(async () => expect(await reasons()).toContain('recommendation events registered'));
  });

  /** As if a learner had seen a drift that many minutes ago. */
  const drift = (learner: string, minutes: number) =>
    database.pool.query(
      `INSERT INTO learner_state (learner, version, next, memory, drifted_at)
       VALUES ($1, 1, 0, '', now() - $2::int * interval '1 minute')
       ON CONFLICT (learner, version) DO UPDATE SET drifted_at = excluded.drifted_at`,
      [learner, minutes],
    );

  it('once a learner of customers saw a drift since', async () => {
    await trained(2, 5_501);
    await drift('line', 10);
    await drift('click', 150);
    start();
    await trainings.ask('segmentation');
    await eventually(async () => expect(await reasons()).toContain('segmentation asked registered'));
    expect(await trainings.list({ service: 'recommendation', first: 10 })).toHaveLength(1);
    await drift('response', 10);
    await eventually(async () => expect(await reasons()).toContain('recommendation drift registered'));
    expect(await trainings.list({ service: 'segmentation', first: 10 })).toHaveLength(2);
  });

  it('nothing while learning is switched off', async () => {
    await trained(25, 0);
    await database.pool.query(`INSERT INTO wheel_switch (action, "on") VALUES ('LEARNING', false)`);
    start();
    await trainings.ask('segmentation');
    await eventually(async () => expect(await reasons()).toContain('segmentation asked registered'));
    expect(await trainings.list({ service: 'recommendation', first: 10 })).toHaveLength(1);
    await database.pool.query('DELETE FROM wheel_switch');
    await eventually(async () => expect(await reasons()).toContain('recommendation age registered'));
  });

  it('counted from one that left a model, whoever cancelled another since', async () => {
    await trained(25, 0);
    await database.pool.query(
      `INSERT INTO training (service, state, reason, seed, promotes, started_at, ended_at, accepted)
       VALUES ('recommendation', 'cancelled', 'asked', 1, true, now(), now() - interval '1 hour', 0)`,
    );
    start();
    await eventually(async () => expect(await reasons()).toContain('recommendation age registered'));
  });

  it('and puts what it made on trial where it may, and nothing that somebody asked for', async () => {
    const registry = createModelStore(database);
    await database.pool.query(`
      INSERT INTO live_clock (name, watermark) VALUES ('behaviour', now());
      INSERT INTO fact_exposure (decision_id, slot, kind, arm, policy, shown_at)
      VALUES ('first', 1, 'RECOMMEND', 'CHAMPION', 'recommender', now());
      INSERT INTO model_champion (service, version, before) VALUES ('recommendation', 1, '{}'), ('segmentation', 1, '{}')`);
    await trained(25, 0);
    start({ tries: ['recommendation'] });
    await eventually(async () => expect(await reasons()).toContain('recommendation age registered'));
    expect(await registry.trial('recommendation')).toMatchObject({ champion: 1, challenger: 2 });
    await eventually(async () => expect(await reasons()).toContain('segmentation age registered'));
    expect(await registry.champion('segmentation')).toMatchObject({ version: 2 });
    // However old the last training is, the trial goes on; whoever asks for a training ends it.
    await database.pool.query(`UPDATE training SET started_at = started_at - interval '2 days'`);
    await trainings.ask('recommendation', { seed: 7 });
    await eventually(async () =>
      expect(await registry.champion('recommendation')).toMatchObject({ version: 3 }),
    );
    expect(await registry.trial('recommendation')).toBeUndefined();
  });

  it('and leaves one that failed alone for a while', async () => {
    await database.pool.query(
      `INSERT INTO training (service, state, reason, seed, promotes, started_at, ended_at)
       VALUES ('recommendation', 'failed', 'first', 1, true, now(), now() - interval '9 minutes')`,
    );
    start();
    await eventually(async () => expect(await reasons()).toContain('segmentation first registered'));
    expect(await trainings.list({ service: 'recommendation', first: 10 })).toHaveLength(1);
    await database.pool.query(
      `UPDATE training SET ended_at = now() - interval '10 minutes' WHERE state = 'failed'`,
    );
    await eventually(async () => expect(await reasons()).toContain('recommendation first registered'));
  });
});
