// Batches that run by themselves: what a schedule may say, and that a pipeline runs what is due, once.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSchedule } from '../../src/engines/batches/schedule.js';
import { readBatchRuns, readLastTurns } from '../../src/warehouse/batches/batch-runs.js';
import { startGateway } from '../support/gateway.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { fillSmallShop } from '../support/small-shop.js';

describe('a schedule', () => {
  it('says which batch runs where and how often, and what it is told', () => {
    const day = { batch: 'recompute-day', engine: 'postgres', every: '1d' };
    const rollups = { batch: 'rollups', engine: 'spark', every: '12h', metrics: ['REVENUE'], by: ['REGION'] };
    expect(readSchedule([day, rollups])).toMatchObject([
      { everyMs: 86_400_000, request: { batch: 'recompute-day', engine: 'postgres' } },
      {
        everyMs: 43_200_000,
        request: { batch: 'rollups', metrics: ['REVENUE'], by: ['REGION'], delimiter: ',' },
      },
    ]);
  });

  it('names every fault, and where it stands', () => {
    const faultsOf = (schedule: unknown) => {
      try {
        readSchedule(schedule);
        return [];
      } catch (error) {
        return error instanceof Error ? error.message.split('\n') : [];
      }
    };
    expect(faultsOf({})).toEqual([expect.stringContaining('it must hold a list')]);
    expect(
      faultsOf([
        { batch: 'customers', engine: 'postgres' },
        { batch: 'cleaning', engine: 'postgres', every: '1d' },
        { batch: 'customers', engine: 'hadoop', every: '1d' },
        { batch: 'rollups', engine: 'spark', every: '1d', metrics: [], until: 'now' },
      ]),
    ).toEqual([
      'entry 1: every must be a duration such as 12h or 7d.',
      'entry 2: batch must be one of customers, rollups, recompute-day.',
      'entry 3: engine must be one of spark, postgres.',
      expect.stringMatching(/^entry 4: metrics must name /),
      'entry 4: until is nothing that the batch can be told.',
    ]);
  });
});

describe('a pipeline with a schedule', () => {
  let database: TestDatabase;
  let folder: string;
  beforeAll(async () => {
    database = await createTestDatabase();
    await fillSmallShop(database.pool);
    folder = await mkdtemp(join(tmpdir(), 'flywheel-schedule-'));
  });
  afterAll(async () => {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('owes another turn for a run that failed or was ended with its process, and none for what nobody wants', async () => {
    const turnsAfter = async (state: string, isUnwanted: boolean) => {
      await database.pool.query(
        `INSERT INTO batch_run (name, engine, options, holder, state, cancel_asked, started_at, ended_at)
          VALUES ('recompute-day', 'spark', '{}', 'test', $1, $2, now() - interval '2 hours', now() - interval '1 hour')`,
        [state, isUnwanted],
      );
      const turns = await readLastTurns(database, { name: 'recompute-day', engine: 'spark', options: '{}' });
      await database.pool.query("DELETE FROM batch_run WHERE name = 'recompute-day'");
      const hoursAgo = (at: Date | null) => at && Math.round((Date.now() - at.getTime()) / 3_600_000);
      return { kept: hoursAgo(turns.kept), tried: hoursAgo(turns.tried) };
    };
    expect(await turnsAfter('done', false)).toEqual({ kept: 2, tried: 1 });
    expect(await turnsAfter('cancelled', true)).toEqual({ kept: 2, tried: 1 });
    expect(await turnsAfter('cancelled', false)).toEqual({ kept: null, tried: 1 });
    expect(await turnsAfter('failed', false)).toEqual({ kept: null, tried: 1 });
  });

  it('runs what is due, and not again before it is due again', async () => {
    const file = join(folder, 'batches.json');
    const schedule = [
      { batch: 'customers', engine: 'postgres', every: '1d', from: join(folder, 'missing.csv') },
      { batch: 'customers', engine: 'postgres', every: '1d' },
      { batch: 'rollups', engine: 'postgres', every: '1d', metrics: ['REVENUE'] },
    ];
    await writeFile(file, JSON.stringify(schedule));
    const runs = async () =>
      (await readBatchRuns(database, { first: 10 })).map(({ name, state }) => `${name} ${state}`).sort();
    const runUntil = async (expected: readonly string[]) => {
      const gateway = await startGateway(database, { FLYWHEEL_BATCHES: file }, ['gateway', 'pipeline']);
      await expect.poll(runs, { timeout: 60_000 }).toEqual(expected);
      await gateway.close();
    };
    await runUntil(['customers done', 'rollups done']);
    // The last of the list comes when all others have had their turn.
    const more = { batch: 'rollups', engine: 'postgres', every: '1d', metrics: ['UNITS'] };
    await writeFile(file, JSON.stringify([...schedule, more]));
    await runUntil(['customers done', 'rollups done', 'rollups done']);
  }, 180_000);
});
