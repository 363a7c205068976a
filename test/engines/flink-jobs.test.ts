// Holds that jobs on a real Flink stay as they are declared, whatever is changed or killed.

import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { createEngineTelemetry } from '../../src/core/engine-telemetry.js';
import { createFlinkJobs } from '../../src/engines/flink/flink-jobs.js';
import type { DeclaredJob, FlinkJobs, JobState } from '../../src/engines/flink/jobs-contract.js';
import { createFlinkRest, type FlinkRest, hasEnded } from '../../src/engines/flink/rest.js';
import { createSqlGateway, type SqlGateway } from '../../src/engines/flink/sql-gateway.js';
import { createEngineJobStore } from '../../src/warehouse/engine-jobs.js';
import { describeWithFlink, flinkStartTimeoutMs, type OwnFlink, startOwnFlink } from '../support/flink.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { describeWhenAsked } from '../support/when-asked.js';
import { numbersJob, upTo, writtenNumbers } from './numbers-job.js';

const { signal } = new AbortController();

describeWhenAsked(describeWithFlink, 'jobs on Flink', () => {
  let flink: OwnFlink;
  let database: TestDatabase;
  let gateway: SqlGateway;
  let rest: FlinkRest;
  let owner: string;
  let registry: Registry;
  let jobs: FlinkJobs;
  let folder: string;

  const newJobs = () => {
    registry = new Registry();
    const store = createEngineJobStore(database);
    return createFlinkJobs({ gateway, rest, store, owner, telemetry: createEngineTelemetry(registry) });
  };
  const living = async (whose = owner) =>
    (await rest.jobs(signal)).filter((job) => job.name.startsWith(`flywheel ${whose} `) && !hasEnded(job));
  const noted = async () => (await createEngineJobStore(database).read(owner)).get('numbers');

  /** Looks, and reconciles when there is something to do, until it is so. */
  async function until(
    desired: readonly DeclaredJob[],
    isSo: (state: JobState) => boolean,
  ): Promise<JobState> {
    const mine = jobs;
    for (;;) {
      const todo = await mine.look(signal);
      const states = todo ? await mine.reconcile(desired, signal) : mine.states();
      const [state] = states;
      if (state !== undefined && isSo(state)) return state;
      if (state?.state === 'lost') throw new Error(`The job is lost: ${state.sentence}`);
      await pause(200);
    }
  }
  const untilRunning = (job: DeclaredJob) => until([job], ({ state }) => state === 'running');
  /** Resolves when the job has written down what it knows so often. */
  const untilWritten = (job: DeclaredJob, count = 2) =>
    until([job], ({ state, checkpoints }) => state === 'running' && checkpoints >= count);

  beforeAll(async () => {
    [flink, database] = await Promise.all([startOwnFlink({ slots: 3 }), createTestDatabase()]);
    gateway = createSqlGateway({ url: flink.sqlGateway });
    rest = createFlinkRest({ url: flink.rest });
  }, flinkStartTimeoutMs);
  afterAll(async () => {
    await flink?.close();
    await database?.close();
  });
  beforeEach(async () => {
    owner = `test-${randomBytes(4).toString('hex')}`;
    folder = await mkdtemp(join(flink.folder, 'numbers-'));
    jobs = newJobs();
  });
  afterEach(async () => {
    await jobs.reconcile([], signal);
  });

  it('runs what is declared, once, and leaves alone what is not ours', { timeout: 240_000 }, async () => {
    const job = numbersJob({ folder });
    const theirs = numbersJob({ folder: `${folder}-theirs` });
    const foreign = await gateway.inSession(
      { settings: { 'pipeline.name': `flywheel ${owner}` }, signal },
      async (session) => {
        for (const table of theirs.tables) await session.run(table);
        return (await session.run(theirs.insert)).jobId;
      },
    );
    const first = await jobs.reconcile([job], signal);
    expect(first).toMatchObject([{ name: 'numbers', jobId: expect.any(String) }]);
    const state = await untilRunning(job);
    expect(state).toMatchObject({ sentence: null, jobId: first[0]?.jobId });
    expect(await jobs.reconcile([job], signal)).toEqual([state]);
    expect((await living()).map(({ name }) => name)).toEqual([
      expect.stringMatching(new RegExp(`^flywheel ${owner} numbers g1 [0-9a-f]{8}$`)),
    ]);
    expect(await noted()).toMatchObject({
      generation: 1,
      jobId: state.jobId,
      lastSeenRunningAt: expect.any(Date),
    });
    await expect(jobs.check()).resolves.toBeUndefined();
    const metrics = await registry.metrics();
    expect(metrics).toContain('flywheel_flink_jobs{state="running"} 1\n');
    expect(metrics).toContain('flywheel_flink_submissions_total{job="numbers",how="anew"} 1\n');

    expect(await jobs.reconcile([], signal)).toEqual([]);
    expect(await living()).toEqual([]);
    expect(await noted()).toBeUndefined();
    expect(await rest.stateOf(foreign ?? '', signal)).toBe('RUNNING');
    await rest.cancel(foreign ?? '', { signal });
  });

  it('stops with a savepoint what was changed, and goes on from there', { timeout: 240_000 }, async () => {
    const job = numbersJob({ folder });
    await jobs.reconcile([job], signal);
    const before = await untilWritten(job);
    const changed = numbersJob({ folder, expression: 'n + 0' });
    await jobs.reconcile([changed], signal);
    expect(await rest.stateOf(before.jobId ?? '', signal)).toBe('FINISHED');
    const after = await untilWritten(changed);
    expect(after.jobId).not.toBe(before.jobId);
    expect(await living()).toHaveLength(1);
    await jobs.reconcile([], signal);
    const numbers = await writtenNumbers(folder);
    expect(numbers.length).toBeGreaterThan(0);
    expect(numbers).toEqual(upTo(numbers));
  });

  it('takes up a job that somebody has ended where it was', { timeout: 240_000 }, async () => {
    const job = numbersJob({ folder });
    await jobs.reconcile([job], signal);
    const before = await untilWritten(job);
    await rest.cancel(before.jobId ?? '', { signal });
    // Another process takes over, which knows only what was noted.
    jobs = newJobs();
    await jobs.reconcile([job], signal);
    await untilWritten(job);
    expect(await registry.metrics()).toContain(
      'flywheel_flink_submissions_total{job="numbers",how="resumed"} 1\n',
    );
    await jobs.reconcile([], signal);
    const numbers = await writtenNumbers(folder);
    expect(numbers).toEqual(upTo(numbers));
  });

  it('begins a new generation without what the old one knew', { timeout: 240_000 }, async () => {
    const job = numbersJob({ folder });
    await jobs.reconcile([job], signal);
    const before = await untilWritten(job);
    const [last = 0] = (await writtenNumbers(folder)).slice(-1);
    const anew = numbersJob({ folder: `${folder}-2`, generation: 2 });
    await jobs.reconcile([anew], signal);
    expect(await rest.stateOf(before.jobId ?? '', signal)).toBe('CANCELED');
    await untilWritten(anew);
    expect(last).toBeGreaterThan(0);
    expect((await writtenNumbers(`${folder}-2`))[0]).toBe(1);
    expect(await noted()).toMatchObject({ generation: 2 });
  });

  it('leaves one job where two processes have started it at the same time', {
    timeout: 240_000,
  }, async () => {
    const job = numbersJob({ folder });
    const other = newJobs();
    await Promise.all([jobs.reconcile([job], signal), other.reconcile([job], signal)]);
    await untilRunning(job);
    await jobs.reconcile([job], signal);
    await other.reconcile([job], signal);
    expect(await living()).toHaveLength(1);
  });

  it('says what Flink refuses in one line, and starts what is right then', { timeout: 240_000 }, async () => {
    const job = numbersJob({ folder, expression: 'nobody' });
    expect(await jobs.reconcile([job], signal)).toMatchObject([
      {
        state: 'faulty',
        jobId: null,
        sentence: "Flink refuses a statement: Column 'nobody' not found in any table",
      },
    ]);
    await expect(jobs.check()).rejects.toThrow(
      "The job numbers on Flink is faulty. Flink refuses a statement: Column 'nobody' not found in any table",
    );
    expect(await noted()).toBeUndefined();
    expect(await jobs.look(signal)).toBe(false);
    const right = numbersJob({ folder });
    await jobs.reconcile([right], signal);
    await untilRunning(right);
    await expect(jobs.check()).resolves.toBeUndefined();
  });

  it.each([
    ['begins again by itself', 'fixed-delay'],
    ['is given up by Flink', 'none'],
  ])('says why a job fails again and again that %s', { timeout: 240_000 }, async (_, strategy) => {
    const settings = { 'restart-strategy.type': strategy };
    const job = numbersJob({ folder, expression: '1 / (n - 20)', settings });
    await jobs.reconcile([job], signal);
    const state = await until([job], (seen) => seen.state === 'faulty');
    expect(state.sentence).toMatch(/^It has failed \d+ times in five minutes, the last time so: .*by zero/);
    // It may end while it is exchanged.
    const right = numbersJob({ folder });
    await jobs.reconcile([right], signal);
    await untilRunning(right);
  });

  it('leaves alone what begins again by itself', { timeout: 240_000 }, async () => {
    const settings = { 'restart-strategy.type': 'fixed-delay' };
    const job = numbersJob({ folder, expression: '1 / (n - 20)', settings });
    await jobs.reconcile([job], signal);
    const { jobId } = await until([job], (seen) => seen.state === 'faulty');
    expect(await jobs.look(signal)).toBe(false);
    expect(await jobs.reconcile([job], signal)).toMatchObject([{ state: 'faulty', jobId }]);
    expect((await living()).map(({ id }) => id)).toEqual([jobId]);
  });

  it('waits for slots', { timeout: 240_000 }, async () => {
    const job = numbersJob({ folder, settings: { 'parallelism.default': '4' } });
    await jobs.reconcile([job], signal);
    const state = await until([job], (seen) => seen.state === 'waiting');
    expect(state.sentence).toBe(
      'All 3 slots of Flink are taken; add a task manager, or give it more slots (taskmanager.numberOfTaskSlots).',
    );
    const smaller = numbersJob({ folder });
    await jobs.reconcile([smaller], signal);
    await untilRunning(smaller);
  });

  it('comes through the death of the task manager', { timeout: 240_000 }, async () => {
    const job = numbersJob({ folder });
    await jobs.reconcile([job], signal);
    const before = await untilWritten(job);
    await flink.killTaskManager();
    const waiting = await until([job], ({ state }) => state === 'waiting');
    expect(await registry.metrics()).toContain('flywheel_flink_up{part="task managers"} 0\n');
    expect(waiting.sentence).toBe('Flink has no task manager, so nothing runs; start one.');
    await flink.startTaskManager();
    const after = await untilWritten(job, before.checkpoints + 2);
    expect(after.jobId).toBe(before.jobId);
    expect(await registry.metrics()).toContain('flywheel_flink_recoveries{job="numbers"} 1\n');
    await jobs.reconcile([], signal);
    const numbers = await writtenNumbers(folder);
    expect(numbers).toEqual(upTo(numbers));
  });

  it('takes up what a dead job manager has forgotten, and says when it cannot', {
    timeout: 240_000,
  }, async () => {
    const job = numbersJob({ folder });
    await jobs.reconcile([job], signal);
    await untilWritten(job);
    await flink.killJobManager();
    expect(await jobs.look(signal)).toBe(false);
    expect(jobs.states()).toMatchObject([
      {
        state: 'waiting',
        sentence: expect.stringMatching(/^The job manager of Flink cannot be reached at /),
      },
    ]);
    await expect(jobs.check()).rejects.toThrow('FLINK_REST');
    await flink.startJobManager();
    await untilWritten(job);
    expect(await registry.metrics()).toContain(
      'flywheel_flink_submissions_total{job="numbers",how="resumed"} 1\n',
    );
    await jobs.look(signal);
    const known = await noted();
    if (known === undefined) throw new Error('Nothing was noted.');

    await flink.killJobManager();
    const numbers = await writtenNumbers(folder);
    expect([...new Set(numbers)]).toEqual(upTo(numbers));
    await createEngineJobStore(database).write(owner, {
      ...known,
      restorePoint: { path: `file://${flink.folder}/nothing`, at: new Date() },
    });
    await flink.startJobManager();
    const lost = await until([job], ({ state }) => state === 'lost');
    expect(lost.sentence).toMatch(
      /^It ran before and cannot go on, so it is begun anew: .* Cannot find checkpoint or savepoint file/,
    );
    expect(await living()).toEqual([]);
    const anew = numbersJob({ folder: `${folder}-2`, generation: 2 });
    await jobs.reconcile([anew], signal);
    await untilRunning(anew);
  });

  it('goes on without the gateway until something has to be started', { timeout: 240_000 }, async () => {
    const job = numbersJob({ folder });
    await jobs.reconcile([job], signal);
    await untilRunning(job);
    await flink.killGateway();
    expect(await jobs.look(signal)).toBe(false);
    expect(jobs.states()).toMatchObject([{ state: 'running' }]);
    await expect(jobs.check()).rejects.toThrow("Flink's SQL gateway cannot be reached");
    expect(await registry.metrics()).toContain('flywheel_flink_up{part="sql gateway"} 0\n');
    const other = numbersJob({ folder: `${folder}-2`, name: 'others' });
    const states = await jobs.reconcile([job, other], signal);
    expect(states.map(({ state }) => state)).toEqual(['running', 'waiting']);
    await flink.startGateway();
    expect(await jobs.look(signal)).toBe(true);
    await jobs.reconcile([job, other], signal);
    await until([job, other], () => jobs.states().every(({ state }) => state === 'running'));
    await expect(jobs.check()).resolves.toBeUndefined();
  });

  it('ends when it is told to', async () => {
    const over = AbortSignal.abort();
    await expect(jobs.reconcile([numbersJob({ folder })], over)).rejects.toThrow('was given up');
    expect(await living()).toEqual([]);
  });
});
