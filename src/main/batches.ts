// Batches that run by themselves, as the schedule says, run by the pipeline role under a lease.

import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { Config } from '../config.js';
import { systemClock } from '../core/clock.js';
import { FlywheelError } from '../core/errors.js';
import { pause } from '../core/pause.js';
import type { BatchDeps } from '../engines/batches/batch-contract.js';
import { optionsText, runBatch } from '../engines/batches/run-batch.js';
import { readSchedule, type ScheduledBatch } from '../engines/batches/schedule.js';
import { readLastTurns } from '../warehouse/batches/batch-runs.js';
import type { StartedDatabase } from './database.js';
import { startDuty } from './duty.js';
import type { Foundations } from './foundations.js';
import type { Streams } from './streams.js';

const lookEveryMs = 5_000;
/** How soon what did not come to its end is tried again, where it is not due sooner. */
const tryAgainMs = 3_600_000;

/** What batches need, whoever runs them. */
export function batchDeps(
  { spark, flink }: Pick<Config, 'spark' | 'flink'>,
  { database, url }: StartedDatabase,
): BatchDeps {
  return { database, databaseUrl: url, spark, flinkKeepsWindows: flink !== undefined };
}

/** None without a file. Rejects with BAD_INPUT, which names the file and every fault in it. */
async function readScheduleFile(path: string | undefined): Promise<readonly ScheduledBatch[]> {
  if (path === undefined) return [];
  const wrong = (what: string, cause: unknown) =>
    new FlywheelError('BAD_INPUT', `FLYWHEEL_BATCHES names ${path}: ${what}`, { cause });
  let schedule: unknown;
  try {
    schedule = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw wrong('it is no JSON file that can be read.', error);
  }
  try {
    return readSchedule(schedule);
  } catch (error) {
    throw error instanceof FlywheelError ? wrong(error.message, error) : error;
  }
}

export async function startBatches(
  foundations: Foundations,
  { leases }: Streams,
  started: StartedDatabase,
): Promise<void> {
  const { config, log } = foundations;
  const schedule = await readScheduleFile(config.batches.scheduleFile);
  if (schedule.length === 0) return;
  const deps = batchDeps(config, started);
  const holder = `${hostname()}/${process.pid}`;

  /** Runs that never began, such as one whose files are not there, or whose batch runs already, stand in no table. */
  const triedMs = new Map<ScheduledBatch, number>();

  async function runIfDue(item: ScheduledBatch, signal: AbortSignal): Promise<void> {
    const { request, everyMs } = item;
    const { batch, engine } = request;
    const { kept, tried } = await readLastTurns(deps.database, {
      name: batch,
      engine,
      options: optionsText(request),
    });
    const dueMs = (kept?.getTime() ?? 0) + everyMs;
    const againMs = Math.max(tried?.getTime() ?? 0, triedMs.get(item) ?? 0) + Math.min(everyMs, tryAgainMs);
    if (signal.aborted || Math.max(dueMs, againMs) > systemClock.nowMs()) return;
    triedMs.set(item, systemClock.nowMs());
    const result = await runBatch(deps, request, { holder, signal });
    log.info({ batch, engine, ...result }, 'a batch has run');
  }

  await startDuty(foundations, leases, {
    name: 'batches',
    complaint: 'batches that are due run later',
    work: async (_lease, signal) => {
      while (!signal.aborted) {
        for (const item of schedule) {
          // One that fails keeps no other from its turn.
          await runIfDue(item, signal).catch((error: unknown) => {
            if (!signal.aborted)
              log.warn({ error, batch: item.request.batch }, 'a batch did not run to its end');
          });
        }
        await pause(lookEveryMs, signal);
      }
    },
  });
}
