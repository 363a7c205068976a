// Says of a job that goes on how it fares, and what somebody can do about it.

import type { JobState } from './jobs-contract.js';
import type { FlinkCheckpoints, FlinkFailure, FlinkJob, FlinkSlots } from './rest.js';

export type Verdict = Pick<JobState, 'state' | 'sentence'>;

export interface Evidence {
  readonly job: FlinkJob;
  readonly slots: FlinkSlots;
  /** Its own, and those that ended jobs before it; the newest first. */
  readonly failures: readonly FlinkFailure[];
  readonly checkpoints: FlinkCheckpoints;
  readonly nowMs: number;
}

/** A job that failed so often in so long does not get well by itself. */
const failuresMax = 3;
const failuresWithinMs = 5 * 60_000;
/** A job that has written nothing down for so long has its windows open for as long, too. */
const checkpointAgeMsMax = 5 * 60_000;

/** What is to be said of a job that failed so often lately that it will not get well by itself; null for one that did not. */
export function judgeFailures(failures: readonly FlinkFailure[], nowMs: number): Verdict | null {
  const recent = recentOf(failures, nowMs);
  const [last] = recent;
  if (recent.length < failuresMax || last === undefined) return null;
  const often = `It has failed ${recent.length} times in five minutes`;
  return { state: 'faulty', sentence: `${often}, the last time so: ${last.cause}` };
}

function recentOf(failures: readonly FlinkFailure[], nowMs: number): readonly FlinkFailure[] {
  return failures.filter(({ at }) => nowMs - at.getTime() < failuresWithinMs);
}

/** How a job that goes on fares. */
export function judge({ job, slots, failures, checkpoints, nowMs }: Evidence): Verdict {
  const failing = judgeFailures(failures, nowMs);
  if (failing !== null) return failing;
  const [last] = recentOf(failures, nowMs);
  if (!isRunning(job)) return { state: stateOf(slots), sentence: sentenceOf(slots, last) };
  const writtenMs = checkpoints.newest?.at.getTime() ?? job.startedAt.getTime();
  if (nowMs - Math.max(writtenMs, job.startedAt.getTime()) < checkpointAgeMsMax) {
    return { state: 'running', sentence: null };
  }
  const minutes = Math.floor((nowMs - writtenMs) / 60_000);
  const silence = `It runs, but has written down nothing of what it knows for ${minutes} minutes`;
  return {
    state: 'faulty',
    sentence: `${silence}, so no window becomes final; the page of its checkpoints in Flink says why.`,
  };
}

/** Whether all of it runs: Flink calls a job running whose tasks still wait for room. */
export function isRunning({ state, tasks }: FlinkJob): boolean {
  return state === 'RUNNING' && tasks.running === tasks.total;
}

function stateOf({ free }: FlinkSlots): Verdict['state'] {
  return free === 0 ? 'waiting' : 'starting';
}

function sentenceOf(
  { taskManagers, total, free }: FlinkSlots,
  last: FlinkFailure | undefined,
): string | null {
  if (taskManagers === 0) return 'Flink has no task manager, so nothing runs; start one.';
  if (free === 0) {
    return `All ${total} slots of Flink are taken; add a task manager, or give it more slots (taskmanager.numberOfTaskSlots).`;
  }
  return last === undefined ? null : `It has failed and begins again by itself: ${last.cause}`;
}
