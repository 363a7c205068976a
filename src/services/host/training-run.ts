// One training from its beginning to its end, in a thread, with its row in the warehouse kept up with it.

import { createBackoff, pause } from '../../core/pause.js';
import type { Database } from '../../warehouse/database.js';
import {
  endTraining,
  putTrainingBack,
  type RunningTraining,
  saveTrainingProgress,
  type TrainingEnd,
  type TrainingRow,
} from '../../warehouse/trainings.js';
import type { ServiceName } from './registry-contract.js';
import { trainInThread } from './training-thread.js';
import type { ThreadPlace } from './worker-carry.js';

export interface TrainingRunDeps {
  readonly database: Pick<Database, 'kysely'>;
  /** How long a cancelled training may take to end by itself. */
  readonly graceMs: number;
  /** Told of what could not be written; the training goes on, and what it ends with is written again until it is. */
  readonly onFault: (error: unknown) => void;
}

export interface TrainingRun {
  readonly service: ServiceName;
  readonly place: ThreadPlace;
  readonly row: TrainingRow;
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

/** Never rejects. Resolves to what became of it, or to undefined when it was broken off. */
export async function runTraining(
  { service, place, row, running, over, cancelling }: TrainingRun,
  { database, graceMs, onFault }: TrainingRunDeps,
): Promise<TrainingEnd | undefined> {
  const writer = createProgressWriter(async (progress) => {
    const saved = await saveTrainingProgress(database, running, progress);
    // Its process was taken for dead, or somebody wants its end.
    if (saved === undefined || saved.cancelAsked) cancelling.abort();
  }, onFault);
  const write = (work: () => Promise<void>) => untilDone(work, over, onFault);
  try {
    const { version } = await trainInThread({
      service,
      place,
      seed: row.seed,
      promoteIfBetter: row.promotes,
      signal: AbortSignal.any([over, cancelling.signal]),
      graceMs,
      onProgress: writer.tell,
    });
    await writer.settle();
    const end = { state: 'registered', step: null, version } as const;
    await write(() => endTraining(database, running, end));
    return end;
  } catch (error) {
    await writer.settle();
    if (over.aborted && !cancelling.signal.aborted) {
      await write(() => putTrainingBack(database, running));
      return undefined;
    }
    const end = cancelling.signal.aborted ? cancelled : failedOf(error);
    await write(() => endTraining(database, running, end));
    return end;
  }
}

const cancelled: TrainingEnd = { state: 'cancelled', step: null, version: null };

function failedOf(error: unknown): TrainingEnd {
  const message = error instanceof Error ? error.message : String(error);
  return { state: 'failed', step: message.slice(0, stepLengthMax), version: null };
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
      latest = { share, step: step?.slice(0, stepLengthMax) ?? null };
      writing ??= writeAll();
    },
    /** Resolves when nothing is being written; what waits is dropped. */
    settle: async (): Promise<void> => {
      settled.abort();
      await writing;
    },
  };
}

/** Tries until it works, once at least; whoever holds the duty next finds what could not be written. */
async function untilDone(
  work: () => Promise<void>,
  over: AbortSignal,
  onFault: (error: unknown) => void,
): Promise<void> {
  const backoff = createBackoff();
  for (;;) {
    try {
      await work();
      return;
    } catch (error) {
      onFault(error);
      if (over.aborted) return;
      await backoff.wait(over);
    }
  }
}
