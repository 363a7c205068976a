// Brings one declared job nearer to running as it is declared: what to do when it is missing, and when it was changed.

import type { EngineTelemetry } from '../../core/engine-telemetry.js';
import { FlywheelError } from '../../core/errors.js';
import type { EngineJob } from '../../warehouse/engine-jobs.js';
import { fingerprintOf } from './job-name.js';
import type { DeclaredJob } from './jobs-contract.js';
import { isRunning, type Verdict } from './judge-job.js';
import { type FlinkRest, hasEnded, type RestorePoint } from './rest.js';
import { type StartJobDeps, startJob } from './start-job.js';
import { jobFor, type OwnJob, type Survey } from './survey.js';

export interface TendJobDeps extends StartJobDeps {
  readonly rest: FlinkRest;
  readonly telemetry: EngineTelemetry;
}

/** What was noted of the declared job; of another generation it is of no use. */
interface Task {
  readonly declared: DeclaredJob;
  readonly noted: EngineJob | null;
  readonly signal: AbortSignal;
}

/** Of jobs that ended, so many are asked what they have left behind. */
const askedMax = 3;

/** Null when nothing is wrong; what is, as far as it is known, when Flink refused something. Rejects as its parts do. */
export async function tendJob(
  deps: TendJobDeps,
  declared: DeclaredJob,
  {
    seen,
    noted,
    signal,
  }: { readonly seen: Survey; readonly noted: EngineJob | null; readonly signal: AbortSignal },
): Promise<Verdict | null> {
  const job = jobFor(declared, seen);
  const task: Task = { declared, noted: noted?.generation === declared.generation ? noted : null, signal };
  if (job === undefined) {
    const { ended } = seen;
    return (await isStillThere(deps, task)) ? null : startAgain(deps, task, ended);
  }
  if (job.named.fingerprint === fingerprintOf(declared) || job.state === 'CANCELLING') return null;
  return exchange(deps, task, { job, ended: seen.ended });
}

/** The list of jobs may be some seconds old; of one that was started lately the job manager knows better. */
async function isStillThere({ rest }: TendJobDeps, { declared, noted, signal }: Task): Promise<boolean> {
  if (noted?.jobId == null || noted.fingerprint !== fingerprintOf(declared)) return false;
  const state = await rest.stateOf(noted.jobId, signal);
  return state !== null && !hasEnded({ state });
}

/** Starts a job that does not run, from the newest of what is left of it. */
async function startAgain(
  deps: TendJobDeps,
  { declared, noted, signal }: Task,
  ended: readonly OwnJob[],
): Promise<Verdict | null> {
  const { telemetry } = deps;
  const { name } = declared;
  const left = noted === null ? fresh : await leftOf(deps, { declared, noted, signal }, ended);
  if (left.isFresh) {
    await startJob(deps, declared, null, { before: noted, signal });
    telemetry.submitted(name, 'anew');
    return null;
  }
  let reason = 'nothing of what it knew was written down where it can be found.';
  for (const point of left.points) {
    try {
      await startJob(deps, declared, point, { before: noted, signal });
      telemetry.submitted(name, 'resumed');
      return null;
    } catch (error) {
      if (!(error instanceof FlywheelError && error.code === 'CONFLICT')) throw error;
      reason = error.message;
    }
  }
  return { state: 'lost', sentence: `It ran before and cannot go on, so it is begun anew: ${reason}` };
}

/** What jobs of a generation have left behind. */
interface Left {
  /** What one can be started again from, the newest first. */
  readonly points: readonly RestorePoint[];
  /** Whether it is certain that none ever wrote anything down, and so none has told Kafka that it was through with anything. */
  readonly isFresh: boolean;
}

const fresh: Left = { points: [], isFresh: true };

async function leftOf(
  { rest }: TendJobDeps,
  { declared: { name, generation }, noted, signal }: Task,
  ended: readonly OwnJob[],
): Promise<Left> {
  const predecessors = ended.filter(({ named }) => named.name === name && named.generation === generation);
  const asked = await Promise.all(
    predecessors.slice(0, askedMax).map(async ({ id }) => ({ id, ...(await rest.checkpoints(id, signal)) })),
  );
  const points = [noted?.restorePoint ?? null, ...asked.map(({ newest }) => newest)].flatMap(
    (point) => point ?? [],
  );
  const byPath = new Map(points.map((point) => [point.path, point]));
  const last = asked.find(({ id }) => id === noted?.jobId);
  return {
    points: [...byPath.values()].sort((one, other) => other.at.getTime() - one.at.getTime()),
    isFresh: points.length === 0 && last?.completed === 0,
  };
}

/** Ends a job that was declared otherwise, with all that it knows written down, and starts what is declared now. */
async function exchange(
  deps: TendJobDeps,
  task: Task,
  { job, ended }: { readonly job: OwnJob; readonly ended: readonly OwnJob[] },
): Promise<Verdict | null> {
  const { rest, store, owner } = deps;
  const { signal, declared } = task;
  let point: RestorePoint | null;
  try {
    point = await rest.stopWithSavepoint(job.id, { signal });
  } catch (error) {
    if (!(error instanceof FlywheelError && (error.code === 'CONFLICT' || error.code === 'NOT_FOUND')))
      throw error;
    // Its checkpoints are as exact, and are there unless it has only just begun. It may have ended by itself meanwhile.
    const goesOn = isRunning(job) && (await rest.stateOf(job.id, signal)) === 'RUNNING';
    if (goesOn && (await rest.checkpoints(job.id, signal)).newest === null) throw error;
    await rest.cancel(job.id, { signal });
    point = (await rest.checkpoints(job.id, signal)).newest;
  }
  const { name, generation, fingerprint } = job.named;
  const noted: EngineJob = {
    name,
    generation,
    fingerprint,
    jobId: job.id,
    lastSeenRunningAt: task.noted?.lastSeenRunningAt ?? null,
    restorePoint: point ?? task.noted?.restorePoint ?? null,
  };
  await store.write(owner, noted);
  return startAgain(deps, { declared, noted, signal }, [job, ...ended]);
}
