// Trainings from the table to the model: asked for, watched, cancelled, raced for, and taken over from the dead.

import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createModelStore, type ModelStore } from '../../../src/services/host/registry.js';
import { createTrainings } from '../../../src/services/host/trainings.js';
import type { TrainingRecord, Trainings } from '../../../src/services/host/trainings-contract.js';
import { createListener, type Listener } from '../../../src/stream/postgres-listener.js';
import { eventually } from '../../contracts/log-server.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { type RunningProgram, runProgram } from '../../support/program.js';
import { typescriptThreads } from '../../support/threads.js';
import { openWay } from '../../support/way.js';
import { startTrainerProcess, type TrainerProcess } from './trainer-process.js';

let database: TestDatabase;
let listener: Listener;
let trainings: Trainings;
let registry: ModelStore;
let heard: TrainingRecord[] = [];
let unwatch: () => void;
const processes: TrainerProcess[] = [];
const programs: RunningProgram[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  listener = createListener({ url: database.url });
  trainings = createTrainings({ database, listener });
  registry = createModelStore(database);
});

beforeEach(async () => {
  await database.pool.query('TRUNCATE training, model, model_champion RESTART IDENTITY');
  heard = [];
  unwatch = trainings.watch((record) => heard.push(record));
});

afterEach(async () => {
  unwatch();
  for (const { child, interrupt } of programs.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) interrupt('SIGKILL');
  }
  await Promise.all(processes.splice(0).map((each) => each.close()));
});

afterAll(async () => {
  await listener.close();
  await database.close();
});

function startProcess(options: Parameters<typeof startTrainerProcess>[1] = {}): TrainerProcess {
  const started = startTrainerProcess(database.url, options);
  processes.push(started);
  return started;
}

function startProgram(): RunningProgram {
  const program = new URL('trainer-program.ts', import.meta.url);
  const started = runProgram('node', [...typescriptThreads, fileURLToPath(program), database.url]);
  programs.push(started);
  return started;
}

const newest = async () => (await trainings.list({ first: 1 }))[0];

/** Waits until the newest training is under way; one with the seed -1 does not end by itself, one with -2 hears nothing. */
async function underWay(): Promise<void> {
  await eventually(async () =>
    expect(await newest()).toMatchObject({ state: 'running', step: 'half of it' }),
  );
}

async function becomes(expected: Partial<TrainingRecord>): Promise<void> {
  await eventually(async () => expect(await newest()).toMatchObject(expected));
}

describe('a training', { timeout: 120_000 }, () => {
  it('waits until somebody trains, and ends with a model', async () => {
    const asked = await trainings.ask('recommendation', { seed: 4 });
    expect(asked).toEqual({
      id: 1,
      service: 'recommendation',
      state: 'waiting',
      reason: 'asked',
      engine: 'own',
      seed: 4,
      share: 0,
      step: null,
      version: null,
      askedAt: expect.any(Date),
      startedAt: null,
      endedAt: null,
    });
    const { ends, faults } = startProcess();
    await becomes({ id: 1, state: 'registered', share: 1, step: null, version: 1 });
    const done = await newest();
    expect(done?.endedAt?.getTime()).toBeGreaterThanOrEqual(done?.startedAt?.getTime() ?? Infinity);
    expect(await registry.champion('recommendation')).toMatchObject({ version: 1, quality: { factor: 4 } });
    await eventually(() => expect(ends).toEqual(['recommendation registered']));
    expect(faults).toEqual([]);
  });

  it('is watched from its beginning to its end, each state after the one before', async () => {
    startProcess();
    await trainings.ask('segmentation', { seed: 2 });
    await eventually(() => expect(heard.at(-1)).toMatchObject({ state: 'registered', version: 1 }));
    expect(heard.map(({ state }) => state).filter((state, at, all) => state !== all[at - 1])).toEqual([
      'waiting',
      'running',
      'registered',
    ]);
    const shares = heard.map(({ share }) => share);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(heard).toContainEqual(expect.objectContaining({ share: 0.5, step: 'half of it' }));
  });

  it('makes a champion only of what is no worse than the champion, and only if it may', async () => {
    startProcess();
    const train = async (seed: number, promoteIfBetter?: boolean) => {
      const { id } = await trainings.ask('recommendation', {
        seed,
        ...(promoteIfBetter === undefined ? {} : { promoteIfBetter }),
      });
      await becomes({ id, state: 'registered' });
      return (await registry.models('recommendation'))[0]?.status;
    };
    expect(await train(4)).toBe('champion');
    expect(await train(3)).toBe('challenger');
    expect(await train(5, false)).toBe('challenger');
    expect(await train(4)).toBe('champion');
  });

  it('is refused while another of the service waits or runs, and for what is not trained', async () => {
    await trainings.ask('recommendation', { seed: -1 });
    const conflict = {
      code: 'CONFLICT',
      message: expect.stringContaining('recommendation is being trained'),
    };
    await expect(trainings.ask('recommendation')).rejects.toMatchObject(conflict);
    startProcess();
    await underWay();
    await expect(trainings.ask('recommendation')).rejects.toMatchObject(conflict);
    await expect(trainings.ask('learning')).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: 'learning is not trained: it learns by itself as events arrive.',
    });
    await expect(trainings.ask('forecasting')).rejects.toMatchObject({ code: 'BAD_INPUT' });
    await expect(trainings.ask('segmentation', { seed: 0.5 })).rejects.toMatchObject({ code: 'BAD_INPUT' });
    // Asked by many at once, one of them is it; and no number is lost.
    const asked = await Promise.allSettled(Array.from({ length: 8 }, () => trainings.ask('segmentation')));
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await newest()).toMatchObject({ service: 'segmentation' });
  });

  it('is cancelled at once while it waits', async () => {
    await trainings.ask('recommendation');
    expect(await trainings.cancel('recommendation')).toMatchObject({ state: 'cancelled', startedAt: null });
    await expect(trainings.cancel('recommendation')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await eventually(() => expect(heard.at(-1)).toMatchObject({ state: 'cancelled' }));
  });

  it.each([-1, -2])('is cancelled while it runs, by itself or by force (seed %i)', async (seed) => {
    const { ends } = startProcess();
    await trainings.ask('recommendation', { seed });
    await underWay();
    expect(await trainings.cancel('recommendation')).toMatchObject({ state: 'running' });
    await becomes({ state: 'cancelled', step: null, version: null, endedAt: expect.any(Date) });
    expect(await registry.models('recommendation')).toEqual([]);
    await trainings.ask('recommendation', { seed: 2 });
    await becomes({ state: 'registered', version: 1 });
    await eventually(() => expect(ends).toEqual(['recommendation cancelled', 'recommendation registered']));
  });

  it('says why it failed, and can be asked for again', async () => {
    startProcess();
    await trainings.ask('segmentation', { seed: 0 });
    await becomes({ state: 'failed', step: 'There is nothing to train on.', version: null });
    await trainings.ask('segmentation', { seed: 1 });
    await becomes({ state: 'registered', version: 1 });
    // What no text of the database can hold is left out.
    await trainings.ask('segmentation', { seed: -4 });
    await becomes({ state: 'failed', step: 'What was read has a  in it.', version: null });
  });

  it('is begun though nobody heard that its beginning was committed', async () => {
    startProcess({ lookMs: 100 });
    await trainings.ask('recommendation', { seed: -1 });
    await underWay();
    const { rows } = await database.pool.query(
      `INSERT INTO training (service, state, reason, seed, promotes, trainer, started_at)
       SELECT 'segmentation', 'running', 'asked', 1, true, trainer, now() FROM training RETURNING trainer`,
    );
    expect(rows).toEqual([{ trainer: expect.any(String) }]);
    await becomes({ service: 'segmentation', state: 'waiting', startedAt: null });
    // What does run goes on.
    const [, other] = await trainings.list({ first: 2 });
    expect(other).toMatchObject({ service: 'recommendation', state: 'running', step: 'half of it' });
    await trainings.cancel('recommendation');
    await becomes({ service: 'segmentation', state: 'registered', version: 1 });
  });

  it('takes its turn, or runs beside that of another service', async () => {
    const { close } = startProcess();
    await trainings.ask('recommendation', { seed: -1 });
    await underWay();
    await trainings.ask('segmentation', { seed: 1 });
    await trainings.cancel('recommendation');
    await becomes({ service: 'segmentation', state: 'registered' });
    const [second, first] = await trainings.list({ first: 2 });
    expect(second?.startedAt?.getTime()).toBeGreaterThanOrEqual(first?.endedAt?.getTime() ?? Infinity);
    await close();
    processes.splice(0);

    startProcess({ atOnce: 2 });
    await trainings.ask('recommendation', { seed: -1 });
    await underWay();
    await trainings.ask('segmentation', { seed: 1 });
    await becomes({ service: 'segmentation', state: 'registered' });
    expect(await trainings.list({ service: 'recommendation', first: 1 })).toMatchObject([
      { state: 'running' },
    ]);
  });

  it('is listed, the newest first', async () => {
    for (const service of ['recommendation', 'segmentation', 'recommendation'] as const) {
      await trainings.ask(service);
      await trainings.cancel(service);
    }
    expect((await trainings.list({ first: 2 })).map(({ id }) => id)).toEqual([3, 2]);
    const ofOne = await trainings.list({ service: 'recommendation', first: 10 });
    expect(ofOne.map(({ id }) => id)).toEqual([3, 1]);
  });
});

describe('of several trainers', { timeout: 120_000 }, () => {
  it('one does each training, once', async () => {
    const two = [startProcess(), startProcess()];
    for (let count = 1; count <= 2; count += 1) {
      for (const service of ['recommendation', 'segmentation'] as const) await trainings.ask(service);
      await eventually(async () => {
        const states = (await trainings.list({ first: 2 })).map(({ state }) => state);
        expect(states).toEqual(['registered', 'registered']);
      });
    }
    expect(await registry.models()).toHaveLength(4);
    // The end of a training is durable with its model, a moment before it is told.
    await eventually(async () => expect(two.flatMap(({ ends }) => ends)).toHaveLength(4));
    expect(two.map(({ ends }) => ends.length)).toContain(0);
  });

  it('the next goes on when one is stopped, and what it ran begins anew, however often', async () => {
    for (let stops = 0; stops < 2; stops += 1) {
      const { close, ends } = startProcess();
      if (stops === 0) await trainings.ask('recommendation', { seed: -1 });
      await underWay();
      await close();
      processes.splice(0);
      expect(await newest()).toMatchObject({ state: 'waiting', share: 0, step: null, startedAt: null });
      expect(ends).toEqual([]);
    }
    await database.pool.query('UPDATE training SET seed = 3');
    startProcess();
    await becomes({ id: 1, state: 'registered', version: 1 });
  });

  it('the next takes over from one that was killed, twice; then the training has failed', async () => {
    for (let deaths = 0; deaths < 3; deaths += 1) {
      heard = [];
      const program = startProgram();
      if (deaths === 0) await trainings.ask('recommendation', { seed: -1 });
      await eventually(() => expect(heard.map(({ state }) => state)).toContain('waiting'));
      await eventually(() => expect(heard.at(-1)).toMatchObject({ state: 'running', step: 'half of it' }));
      program.interrupt('SIGKILL');
      await program.ended;
      expect(await newest()).toMatchObject({ state: 'running' });
    }
    const { ends } = startProcess();
    await becomes({ state: 'failed', version: null, step: expect.stringContaining('Three times') });
    expect(ends).toEqual([]);
    await trainings.ask('recommendation', { seed: 1 });
    await becomes({ id: 2, state: 'registered' });
  });

  it('none begins again what was cancelled after its process had died', async () => {
    const program = startProgram();
    await trainings.ask('recommendation', { seed: -1 });
    await underWay();
    program.interrupt('SIGKILL');
    await program.ended;
    await trainings.cancel('recommendation');
    startProcess();
    await becomes({ id: 1, state: 'cancelled' });
  });

  it('one that lost its lease ends what it runs, and leaves it to the holder', async () => {
    const { way, url } = await openWay(database.url);
    const loser = startProcess({ leaseUrl: url });
    await trainings.ask('recommendation', { seed: -1 });
    await underWay();
    heard = [];
    way.cut();
    await eventually(() => expect(heard.map(({ state }) => state)).toContain('waiting'));
    await database.pool.query('UPDATE training SET seed = 7');
    const winner = startProcess();
    await becomes({ id: 1, state: 'registered', seed: 7 });
    await way.close();
    await eventually(() => expect(winner.ends).toEqual(['recommendation registered']));
    expect(loser.ends).toEqual([]);
    expect(await registry.models()).toHaveLength(1);
  });
});

describe('watching', { timeout: 120_000 }, () => {
  it.each(['', 'no JSON', '{"id":1}', 'null'])('reads the newest where %j is said', async (payload) => {
    const { faults } = startProcess();
    await trainings.ask('segmentation', { seed: 1 });
    await eventually(() => expect(heard.at(-1)).toMatchObject({ id: 1, state: 'registered' }));
    await database.pool.query(`UPDATE training SET state = 'failed', revision = revision + 1`);
    await database.pool.query('SELECT pg_notify($1, $2)', ['flywheel_training', payload]);
    await eventually(() => expect(heard.at(-1)).toMatchObject({ id: 1, state: 'failed' }));
    await trainings.ask('segmentation', { seed: 2 });
    await becomes({ id: 2, state: 'registered' });
    expect(faults).toEqual([]);
  });

  it('hears the end of what is cancelled while watching begins', async () => {
    for (let round = 0; round < 20; round += 1) {
      const seen: TrainingRecord[] = [];
      const end = trainings.watch((record) => seen.push(record));
      const { id } = await trainings.ask('recommendation');
      await trainings.cancel('recommendation');
      await eventually(() => expect(seen.at(-1)).toMatchObject({ id, state: 'cancelled' }));
      end();
    }
  });

  it('begins with what is under way, and misses no end while its connection is away', async () => {
    const { way, url } = await openWay(database.url);
    const far = createListener({ url });
    startProcess();
    await trainings.ask('segmentation', { seed: 1 });
    await becomes({ state: 'registered' });
    await trainings.ask('recommendation', { seed: -1 });
    await underWay();
    const seen: TrainingRecord[] = [];
    const end = createTrainings({ database, listener: far }).watch((record) => seen.push(record));
    await eventually(() => expect(seen.at(-1)).toMatchObject({ id: 2, state: 'running', share: 0.5 }));
    way.cut();
    await trainings.cancel('recommendation');
    await becomes({ state: 'cancelled' });
    await trainings.ask('segmentation', { seed: 2 });
    await becomes({ id: 3, state: 'registered' });
    way.mend();
    await eventually(() => expect(seen.at(-1)).toMatchObject({ id: 3, state: 'registered' }));
    expect(seen.filter(({ id }) => id === 2).at(-1)).toMatchObject({ state: 'cancelled' });
    expect(seen.map(({ id }) => id)).not.toContain(1);
    end();
    await far.close();
    await way.close();
  });
});
