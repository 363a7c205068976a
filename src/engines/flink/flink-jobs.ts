// Keeps the jobs on Flink as they are declared: starts, resumes and ends them, and says how they fare.

import { type Clock, systemClock } from '../../core/clock.js';
import type { WatchedFlink } from '../../core/engine-telemetry.js';
import { FlywheelError } from '../../core/errors.js';
import type { EngineJob } from '../../warehouse/engine-jobs.js';
import { inspectJob } from './inspect-job.js';
import { createJobBoard, type Finding } from './job-board.js';
import { type DeclaredJob, type FlinkJobs, type JobState, jobStates } from './jobs-contract.js';
import { isRunning, type Verdict } from './judge-job.js';
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
  telemetry.watchFlink(() => flink);
  /** Why a job that is missing could not be started, by name. */
  const refusals = new Map<string, Verdict>();
  let declared: readonly DeclaredJob[] = [];
  /** What is the matter with the gateway, which is needed only now and then. */
  let gatewayFault: unknown;
  let flink: WatchedFlink | undefined;

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
      flink = { isGatewayUp: gatewayFault === undefined, slots: seen.slots };
      return seen;
    } catch (error) {
      flink = { isGatewayUp: gatewayFault === undefined, slots: null };
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

  /** Notes what a job can be started again from, and that it runs. */
  async function note(job: OwnJob, { checkpoints }: Finding, known: EngineJob | undefined): Promise<void> {
    const { name, generation, fingerprint } = job.named;
    const before = known?.generation === generation ? known : undefined;
    await store.write(owner, {
      name,
      generation,
      fingerprint,
      jobId: job.id,
      restorePoint: checkpoints?.newest ?? before?.restorePoint ?? null,
      lastSeenRunningAt: isRunning(job) ? new Date(clock.nowMs()) : (before?.lastSeenRunningAt ?? null),
    });
  }

  /** Shows how each job is, and notes it. */
  async function inspectAll(seen: Survey, signal: AbortSignal): Promise<readonly JobState[]> {
    const known = await store.read(owner);
    const findings = declared.map(async (job) => {
      const { name } = job;
      const inspection = { declared: job, seen, refusal: refusals.get(name), nowMs: clock.nowMs(), signal };
      const living = jobFor(job, seen);
      const finding = await inspectJob(rest, inspection).catch((error: unknown) => ({
        name,
        verdict: verdictOf(error, signal),
        jobId: living?.id ?? null,
        checkpoints: null,
      }));
      if (living !== undefined) await note(living, finding, known.get(name));
      return finding;
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
      return after === undefined ? board.states() : inspectAll(after, signal);
    },
    async look(signal) {
      const seen = await lookAround(signal);
      if (seen === undefined) return false;
      const states = await inspectAll(seen, signal);
      // What is lost or refused does not get better by being tried at every look.
      const isHopeful = (name: string) =>
        states.some(
          (state) => state.name === name && (state.state === 'starting' || state.state === 'waiting'),
        );
      const isMissing = (job: DeclaredJob) => jobFor(job, seen) === undefined && isHopeful(job.name);
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
