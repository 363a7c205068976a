// `flywheel train`: by itself, beside a pipeline, in turn, and interrupted.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTrainings } from '../../src/services/host/trainings.js';
import type { Trainings } from '../../src/services/host/trainings-contract.js';
import { createListener, type Listener } from '../../src/stream/postgres-listener.js';
import { eventually } from '../contracts/log-server.js';
import { startTrainerProcess, type TrainerProcess } from '../services/host/trainer-process.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { launcher, type RunningProgram, runProgram } from '../support/program.js';
import { fillSmallShop } from '../support/small-shop.js';

let database: TestDatabase;
let listener: Listener;
let trainings: Trainings;
const programs: RunningProgram[] = [];
const processes: TrainerProcess[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  listener = createListener({ url: database.url });
  trainings = createTrainings({ database, listener });
  await fillSmallShop(database.pool);
});
beforeEach(() => database.pool.query('TRUNCATE training, model, model_champion RESTART IDENTITY'));
afterEach(async () => {
  for (const { child, interrupt } of programs.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) interrupt('SIGKILL');
  }
  await Promise.all(processes.splice(0).map((each) => each.close()));
});
afterAll(async () => {
  await listener.close();
  await database.close();
});

function flywheel(...args: readonly string[]): RunningProgram {
  const program = runProgram('node', [launcher, ...args], { env: { DATABASE_URL: database.url } });
  programs.push(program);
  return program;
}

async function run(...args: readonly string[]): Promise<{ code: number | null; said: string }> {
  const program = flywheel(...args);
  const { code } = await program.ended;
  return { code, said: program.said() };
}

const states = async () =>
  (await trainings.list({ first: 10 })).map(({ service, state, step }) => `${service} ${state} ${step}`);

/** A pipeline that is busy for ever with another service. */
async function startBusyPipeline(): Promise<TrainerProcess> {
  const pipeline = startTrainerProcess(database.url);
  processes.push(pipeline);
  await trainings.ask('segmentation', { seed: -1 });
  await eventually(async () => expect(await states()).toEqual(['segmentation running half of it']));
  return pipeline;
}

describe('flywheel train', { timeout: 120_000 }, () => {
  it('trains by itself where no pipeline does, and says what came of it', async () => {
    const first = await run('train', 'segmentation');
    expect(first.said).toMatch(/^segmentation\/1 is the champion: silhouette [\d.]+, inertia [\d.]+$/m);
    expect(first.code).toBe(0);
    const second = await run('train', 'segmentation', '--seed', '7', '--no-promote', '--json');
    const json = second.said.split('\n').find((line) => line.startsWith('{'));
    expect(JSON.parse(json ?? '')).toEqual({
      service: 'segmentation',
      version: 2,
      status: 'challenger',
      quality: { silhouette: expect.any(Number), inertia: expect.any(Number) },
      sizeBytes: expect.any(Number),
    });
    expect(await trainings.list({ first: 1 })).toMatchObject([{ seed: 7, reason: 'asked', version: 2 }]);
  });

  it('says in a sentence why there is nothing to train', async () => {
    for (const [name, why] of [
      ['learning', 'it learns by itself as events arrive'],
      ['forecasting', 'forecasting is not trained'],
      ['astrology', 'There is no service "astrology"'],
    ] as const) {
      expect(await run('train', name)).toEqual({ code: 1, said: expect.stringContaining(why) });
    }
    const empty = await createTestDatabase();
    const nothing = runProgram('node', [launcher, 'train', 'segmentation'], {
      env: { DATABASE_URL: empty.url },
    });
    expect((await nothing.ended).code).toBe(1);
    expect(nothing.said()).toContain('Nobody has bought yet');
    await empty.close();
  });

  it('leaves the training to the pipeline that is at work', async () => {
    const pipeline = await startBusyPipeline();
    const program = flywheel('train', 'recommendation', '--seed', '6');
    await eventually(async () => expect(await states()).toContain('recommendation waiting null'));
    await trainings.cancel('segmentation');
    await program.saying('recommendation/1 is the champion: factor 6.000');
    expect((await program.ended).code).toBe(0);
    await eventually(() => expect(pipeline.ends).toContain('recommendation registered'));
  });

  it('waits for a training of the service that was asked for before, and does that too', async () => {
    await trainings.ask('segmentation', { seed: 5 });
    const { code, said } = await run('train', 'segmentation', '--seed', '6');
    expect(code).toBe(0);
    expect(said).toContain('segmentation/2 is the ');
    expect((await trainings.list({ first: 2 })).map(({ seed }) => seed)).toEqual([6, 5]);
  });

  it('cancels its training when it is interrupted, and no other', async () => {
    await startBusyPipeline();
    const program = flywheel('train', 'recommendation');
    await eventually(async () => expect(await states()).toContain('recommendation waiting null'));
    const beside = flywheel('train', 'segmentation');
    await beside.saying('waiting for the training before it');
    beside.interrupt();
    expect((await beside.ended).code).toBe(1);
    expect(beside.said()).toContain('Interrupted before a training of segmentation was asked for.');
    expect(await states()).toEqual(['recommendation waiting null', 'segmentation running half of it']);

    await database.pool.query(`UPDATE training SET seed = -1`);
    await trainings.cancel('segmentation');
    await eventually(async () => expect(await states()).toContain('recommendation running half of it'));
    program.interrupt();
    expect((await program.ended).code).toBe(1);
    expect(program.said()).toContain('The training of recommendation was cancelled');
    expect(await states()).toContain('recommendation cancelled null');
  });
});
