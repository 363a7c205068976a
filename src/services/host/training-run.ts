// One training from its beginning to its end, in a thread, with its row in the warehouse kept up with it.

import { FlywheelError } from '../../core/errors.js';
import { createBackoff, pause } from '../../core/pause.js';
import type { Database } from '../../warehouse/database.js';
import {
  endTraining,
  type ModellessEnd,
  putTrainingBack,
  type RunningTraining,
  saveTrainingProgress,
  type TrainingEnd,
  type TrainingRow,
} from '../../warehouse/trainings.js';
import type { ServiceName } from './registry-contract.js';
import { type TrainingPlace, trainInThread } from './training-thread.js';

export interface TrainingRunDeps {
  readonly database: Pick<Database, 'kysely'>;
  /** How long a cancelled training may take to end by itself. */
  readonly graceMs: number;
  /** Told of what could not be written; the training goes on, and what it ends with is written again until it is. */
  readonly onFault: (error: unknown) => void;
}

export interface TrainingRun {
  readonly service: ServiceName;
  readonly place: TrainingPlace;
  readonly row: TrainingRow;
  /** Whether its model goes on trial instead of becoming the champion. */
  readonly asChallenger: boolean;
  readonly running: RunningTraining;
  /** Aborted when the duty is over: the training is broken off, and waits for the next process. */
  readonly over: AbortSignal;
  /** Aborted when somebody cancels the training. */
  readonly cancelling: AbortController;
}

/** Nobody reads faster. */
const progressEveryMs = 100;
/** With what stands around it, a notification of 7,999 bytes holds it whatever its characters are. */
const stepLengthMax = 1_000;

/** As the warehouse can keep it: PostgreSQL has no U+0000 in a text. */
function stepOf(text: string): string {
  return text.replaceAll('\0', '').slice(0, stepLengthMax);
}

/**
 * Never rejects. Resolves to what became of it, or to undefined when it was broken off or was not this trainer's any more:
 * then its row says what became of it.
 */
export async function runTraining(
  { service, place, row, asChallenger, running, over, cancelling }: TrainingRun,
  { database, graceMs, onFault }: TrainingRunDeps,
): Promise<TrainingEnd | undefined> {
  const writer = createProgressWriter(async (progress) => {
    const saved = await saveTrainingProgress(database, running, progress);
    // Its process was taken for dead, or somebody wants its end.
    if (saved === undefined || saved.cancelAsked) cancelling.abort();
  }, onFault);
  const write = <T>(work: () => Promise<T>) => untilDone(work, over, onFault);
  try {
    const { version } = await trainInThread({
      service,
      place,
      seed: row.seed,
      promoteIfBetter: row.promotes,
      asChallenger,
      running,
      signal: AbortSignal.any([over, cancelling.signal]),
      graceMs: place.graceMs ?? graceMs,
      onProgress: writer.tell,
    });
    await writer.settle();
    return { state: 'registered', step: null, version };
  } catch (error) {
    await writer.settle();
    if (over.aborted && !cancelling.signal.aborted) {
      await write(() => putTrainingBack(database, running));
      return undefined;
    }
    if (!cancelling.signal.aborted && isBug(error)) onFault(error);
    const end = cancelling.signal.aborted ? cancelled : failedOf(error);
    const ended = await write(() => endTraining(database, running, end));
    return ended === undefined ? undefined : end;
  }
}

const cancelled: ModellessEnd = { state: 'cancelled', step: null, version: null };

/** What those who may read trainings are not shown. */
function isBug(error: unknown): boolean {
  return !(error instanceof FlywheelError) || error.code === 'INTERNAL';
}

function failedOf(error: unknown): ModellessEnd {
  const message =
    error instanceof FlywheelError
      ? error.message
      : 'The training ended for a reason of its own, which the log tells.';
  return { state: 'failed', step: stepOf(message), version: null };
}

interface Progress {
  readonly share: number;
  readonly step: string | null;
}

/** Writes one at a time and not too often; of several that wait, only the last. */
function createProgressWriter(
  write: (progress: Progress) => Promise<void>,
  onFault: (error: unknown) => void,
) {
  let latest: Progress | undefined;
  let writing: Promise<void> | undefined;
  const settled = new AbortController();

  async function writeAll(): Promise<void> {
    while (latest !== undefined && !settled.signal.aborted) {
      const next = latest;
      latest = undefined;
      await write(next).catch(onFault);
      await pause(progressEveryMs, settled.signal);
    }
    writing = undefined;
  }

  return {
    tell({ share, step }: Progress): void {
      latest = { share, step: step === null ? null : stepOf(step) };
      writing ??= writeAll();
    },
    /** Resolves when nothing is being written; what waits is dropped. */
    settle: async (): Promise<void> => {
      settled.abort();
      await writing;
    },
  };
}

/**
 * Tries until it works, once at least; undefined where it never did. What could not be written is found by whoever looks
 * after trainings next; what the database refuses for good is not tried again.
 */
async function untilDone<T>(
  work: () => Promise<T>,
  over: AbortSignal,
  onFault: (error: unknown) => void,
): Promise<T | undefined> {
  const backoff = createBackoff();
  for (;;) {
    try {
      return await work();
    } catch (error) {
      onFault(error);
      const isRefused = error instanceof FlywheelError && error.code === 'BAD_INPUT';
      if (over.aborted || isRefused) return undefined;
      await backoff.wait(over);
    }
  }
}
