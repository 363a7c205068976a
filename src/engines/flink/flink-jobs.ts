// Keeps the jobs on Flink as they are declared: starts, resumes and ends them, and says how they fare.

import { type Clock, systemClock } from '../../core/clock.js';
import { FlywheelError } from '../../core/errors.js';
import type { EngineJob } from '../../warehouse/engine-jobs.js';
import { createJobBoard, type Finding } from './job-board.js';
import { type DeclaredJob, type FlinkJobs, type JobState, jobStates } from './jobs-contract.js';
import { isRunning, judge, type Verdict } from './judge-job.js';
import { isRefusal } from './start-job.js';
import { jobFor, type OwnJob, type Survey, survey } from './survey.js';
import { type TendJobDeps, tendJob } from './tend-job.js';

export interface FlinkJobsDeps extends TendJobDeps {
  /** Told when the state or the sentence of a job has changed. */
  readonly onChange?: (state: JobState) => void;
  readonly clock?: Clock;
}

/**
 * Jobs bear the name `flywheel OWNER NAME gGENERATION FINGERPRINT`. `owner` has no spaces, and each has jobs of its own;
 * whatever else runs on Flink is left alone. Should two hold the jobs of one owner for a while, both of a job that was
 * started twice write the same results, and the younger is ended at the next look.
 */
export function createFlinkJobs(deps: FlinkJobsDeps): FlinkJobs {
  const { gateway, rest, store, owner, telemetry, clock = systemClock } = deps;
  const board = createJobBoard({ clock, onChange: deps.onChange });
  telemetry.watchJobs(jobStates, board.watched);
  /** Why a job that is missing could not be started, by name. */
  const refusals = new Map<string, Verdict>();
  let declared: readonly DeclaredJob[] = [];
  /** What is the matter with the gateway, which is needed only now and then. */
  let gatewayFault: unknown;

  /** Turns a fault of Flink into what is to be said of a job; others are thrown. */
  function verdictOf(error: unknown, signal: AbortSignal): Verdict {
    if (signal.aborted || !(error instanceof FlywheelError)) throw error;
    telemetry.faulted();
    return { state: isRefusal(error) ? 'faulty' : 'waiting', sentence: error.message };
  }

  async function checkGateway(signal: AbortSignal): Promise<void> {
    gatewayFault = await gateway.check(signal).then(
      () => undefined,
      (error: unknown) => error,
    );
  }

  /** What runs; undefined, with all jobs shown as waiting, when the job manager does not say. */
  async function lookAround(signal: AbortSignal): Promise<Survey | undefined> {
    try {
      const [seen] = await Promise.all([survey(rest, owner, signal), checkGateway(signal)]);
      return seen;
    } catch (error) {
      const verdict = verdictOf(error, signal);
      board.show(declared.map(({ name }) => ({ name, verdict, jobId: null, checkpoints: null })));
      return undefined;
    }
  }

  /** Jobs of ours that stand for nothing that is declared. */
  function strangersIn(seen: Survey): readonly OwnJob[] {
    const wanted = new Set(declared.map((job) => jobFor(job, seen)?.id));
    return seen.living.filter(({ id, state }) => !wanted.has(id) && state !== 'CANCELLING');
  }

  async function note(
    job: OwnJob,
    noted: EngineJob | undefined,
    newest: EngineJob['restorePoint'],
  ): Promise<void> {
    const { name, generation, fingerprint } = job.named;
    const before = noted?.generation === generation ? noted : undefined;
    const known: EngineJob = {
      name,
      generation,
      fingerprint,
      jobId: job.id,
      restorePoint: newest ?? before?.restorePoint ?? null,
      lastSeenRunningAt: isRunning(job) ? new Date(clock.nowMs()) : (before?.lastSeenRunningAt ?? null),
    };
    await store.write(owner, known);
  }

  async function inspect(
    { name }: DeclaredJob,
    job: OwnJob,
    {
      seen,
      noted,
      signal,
    }: { readonly seen: Survey; readonly noted: EngineJob | undefined; readonly signal: AbortSignal },
  ): Promise<Finding> {
    try {
      const [checkpoints, failures] = await Promise.all([
        rest.checkpoints(job.id, signal),
        rest.failures(job.id, signal),
      ]);
      await note(job, noted, checkpoints.newest);
      const verdict =
        refusals.get(name) ?? judge({ job, slots: seen.slots, failures, checkpoints, nowMs: clock.nowMs() });
      return { name, verdict, jobId: job.id, checkpoints };
    } catch (error) {
      return { name, verdict: verdictOf(error, signal), jobId: job.id, checkpoints: null };
    }
  }

  /** Shows how each job is, and notes what it can be started again from. */
  async function inspectAll(
    seen: Survey,
    known: ReadonlyMap<string, EngineJob>,
    signal: AbortSignal,
  ): Promise<readonly JobState[]> {
    const findings = declared.map(async (job) => {
      const { name } = job;
      const living = jobFor(job, seen);
      if (living !== undefined) return inspect(job, living, { seen, noted: known.get(name), signal });
      const verdict = refusals.get(name) ?? { state: 'starting' as const, sentence: null };
      return { name, verdict, jobId: null, checkpoints: null };
    });
    return board.show(await Promise.all(findings));
  }

  async function tend(
    job: DeclaredJob,
    seen: Survey,
    noted: EngineJob | null,
    signal: AbortSignal,
  ): Promise<void> {
    const verdict = await tendJob(deps, job, { seen, noted, signal }).catch((error: unknown) =>
      verdictOf(error, signal),
    );
    if (verdict === null) refusals.delete(job.name);
    else refusals.set(job.name, verdict);
  }

  return {
    async reconcile(desired, signal) {
      declared = desired;
      const known = await store.read(owner);
      const seen = await lookAround(signal);
      if (seen === undefined) return board.states();
      for (const { id } of strangersIn(seen)) {
        await rest.cancel(id, { signal }).catch((error: unknown) => verdictOf(error, signal));
      }
      const names = new Set(desired.map(({ name }) => name));
      for (const name of known.keys()) if (!names.has(name)) await store.remove(owner, name);
      for (const job of desired) await tend(job, seen, known.get(job.name) ?? null, signal);
      const after = await lookAround(signal);
      return after === undefined ? board.states() : inspectAll(after, await store.read(owner), signal);
    },
    async look(signal) {
      const known = await store.read(owner);
      const seen = await lookAround(signal);
      if (seen === undefined) return false;
      await inspectAll(seen, known, signal);
      const isMissing = (job: DeclaredJob) => {
        const refused = refusals.get(job.name)?.state;
        return jobFor(job, seen) === undefined && (refused === undefined || refused === 'waiting');
      };
      return strangersIn(seen).length > 0 || declared.some(isMissing);
    },
    states: board.states,
    async check() {
      const unhurried = new AbortController();
      if (declared.length === 0) {
        await Promise.all([rest.slots(unhurried.signal), gateway.check(unhurried.signal)]);
        return;
      }
      const unwell = board.states().find(({ state }) => state !== 'running' && state !== 'starting');
      if (unwell !== undefined) {
        throw new FlywheelError(
          'UNAVAILABLE',
          `The job ${unwell.name} on Flink is ${unwell.state}. ${unwell.sentence}`,
        );
      }
      if (gatewayFault !== undefined) throw gatewayFault;
    },
  };
}
