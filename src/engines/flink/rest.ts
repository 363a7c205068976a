// Asks the job manager of Flink what runs, and stops it: its REST interface.

import { z } from 'zod';
import { FlywheelError } from '../../core/errors.js';
import { createBackoff } from '../../core/pause.js';
import { causeOf } from './cause.js';
import { createFlinkDoor, type FlinkAnswer } from './flink-http.js';

const jobStates = [
  'INITIALIZING',
  'CREATED',
  'RUNNING',
  'FAILING',
  'FAILED',
  'CANCELLING',
  'CANCELED',
  'FINISHED',
  'RESTARTING',
  'SUSPENDED',
  'RECONCILING',
] as const;

export interface FlinkJob {
  readonly id: string;
  readonly name: string;
  readonly state: (typeof jobStates)[number];
  readonly startedAt: Date;
  /** How many of its tasks there are, and how many of them run. */
  readonly tasks: { readonly total: number; readonly running: number };
}

/** What a job can be started again from. */
export interface RestorePoint {
  readonly path: string;
  /** When it was taken. */
  readonly at: Date;
}

export interface FlinkCheckpoints {
  /** The newest checkpoint or savepoint that is complete and still there; null for none. */
  readonly newest: RestorePoint | null;
  /** How many checkpoints the job has completed since it was submitted. */
  readonly completed: number;
  /** How often the job has begun again from one since it was submitted. */
  readonly recoveries: number;
}

export interface FlinkFailure {
  /** Its last cause, in one line. */
  readonly cause: string;
  readonly at: Date;
}

export interface FlinkSlots {
  readonly taskManagers: number;
  readonly total: number;
  readonly free: number;
}

/**
 * All of it rejects with UNAVAILABLE when the job manager cannot be reached or is only starting, TIMEOUT, CANCELLED, and
 * NOT_FOUND for a job that it does not know.
 */
export interface FlinkRest {
  slots(signal: AbortSignal): Promise<FlinkSlots>;
  /** Those that go on, and those that ended as long as the job manager remembers them (an hour by itself). */
  jobs(signal: AbortSignal): Promise<readonly FlinkJob[]>;
  /** As it is this moment, where `jobs` may be some seconds old; null for a job that is not known. */
  stateOf(jobId: string, signal: AbortSignal): Promise<FlinkJob['state'] | null>;
  /** What a job has written down of what it knows. */
  checkpoints(jobId: string, signal: AbortSignal): Promise<FlinkCheckpoints>;
  /** The failures of a job that the job manager remembers, the newest first. */
  failures(jobId: string, signal: AbortSignal): Promise<readonly FlinkFailure[]>;
  /**
   * Ends a job with all that it knows written down; windows stay open. Rejects with CONFLICT when Flink cannot: the job
   * goes on then.
   */
  stopWithSavepoint(jobId: string, options: StopOptions): Promise<RestorePoint>;
  /** Ends a job as it is; resolves when it has ended. One that has ended already is none the worse. */
  cancel(jobId: string, options: StopOptions): Promise<void>;
}

export interface StopOptions {
  readonly signal: AbortSignal;
  /** How long it may take (60,000 ms). */
  readonly timeoutMs?: number;
}

/** Whether a job has ended, and does not come back by itself. */
export function hasEnded({ state }: Pick<FlinkJob, 'state'>): boolean {
  return state === 'FAILED' || state === 'CANCELED' || state === 'FINISHED' || state === 'SUSPENDED';
}

const overviewAnswer = z.object({
  taskmanagers: z.number(),
  'slots-total': z.number(),
  'slots-available': z.number(),
});
const jobsAnswer = z.object({
  jobs: z.array(
    z.object({
      jid: z.string(),
      name: z.string(),
      state: z.enum(jobStates),
      'start-time': z.number(),
      tasks: z.object({ total: z.number(), running: z.number() }),
    }),
  ),
});
const taken = z
  .object({ external_path: z.string(), trigger_timestamp: z.number(), discarded: z.boolean().default(false) })
  .nullish();
const checkpointsAnswer = z.object({
  counts: z.object({ restored: z.number(), completed: z.number() }),
  latest: z.object({ completed: taken, savepoint: taken }),
});
const exceptionsAnswer = z.object({
  exceptionHistory: z
    .object({ entries: z.array(z.object({ stacktrace: z.string(), timestamp: z.number() })) })
    .nullish(),
});
const triggerAnswer = z.object({ 'request-id': z.string() });
const savepointAnswer = z.object({
  status: z.object({ id: z.enum(['IN_PROGRESS', 'COMPLETED']) }),
  operation: z
    .object({
      location: z.string().nullish(),
      'failure-cause': z.object({ 'stack-trace': z.string() }).nullish(),
    })
    .nullish(),
});
const refusal = z.object({ errors: z.array(z.string()) });

export function createFlinkRest({ url }: { readonly url: string }): FlinkRest {
  const door = createFlinkDoor({ name: 'The job manager of Flink', url, setting: 'FLINK_REST' });

  async function ask<T>(path: string, shape: z.ZodType<T>, signal: AbortSignal): Promise<T> {
    return read(shape, await door({ path, signal }));
  }

  /** Asks again and again until it is so, at most for that time. */
  async function until<T>(
    look: () => Promise<T | undefined>,
    { signal, timeoutMs = 60_000 }: StopOptions,
  ): Promise<T> {
    const backoff = createBackoff(50, 500);
    const endMs = performance.now() + timeoutMs;
    for (;;) {
      const seen = await look();
      if (seen !== undefined) return seen;
      if (performance.now() > endMs) {
        throw new FlywheelError('TIMEOUT', `Flink has not ended a job within ${timeoutMs} ms.`);
      }
      await backoff.wait(signal);
    }
  }

  async function stateOf(jobId: string, signal: AbortSignal): Promise<FlinkJob['state'] | null> {
    try {
      return (await ask(`/jobs/${jobId}/status`, z.object({ status: z.enum(jobStates) }), signal)).status;
    } catch (error) {
      if (error instanceof FlywheelError && error.code === 'NOT_FOUND') return null;
      throw error;
    }
  }

  return {
    async slots(signal) {
      const overview = await ask('/overview', overviewAnswer, signal);
      return {
        taskManagers: overview.taskmanagers,
        total: overview['slots-total'],
        free: overview['slots-available'],
      };
    },
    async jobs(signal) {
      const { jobs } = await ask('/jobs/overview', jobsAnswer, signal);
      return jobs.map(({ jid, name, state, tasks, 'start-time': startMs }) => ({
        id: jid,
        name,
        state,
        startedAt: new Date(startMs),
        tasks: { total: tasks.total, running: tasks.running },
      }));
    },
    stateOf,
    async checkpoints(jobId, signal) {
      const { latest, counts } = await ask(`/jobs/${jobId}/checkpoints`, checkpointsAnswer, signal);
      const points = [latest.completed, latest.savepoint].flatMap((point) =>
        point == null || point.discarded
          ? []
          : [{ path: point.external_path, at: new Date(point.trigger_timestamp) }],
      );
      const [newest = null] = points.sort((one, other) => other.at.getTime() - one.at.getTime());
      return { newest, completed: counts.completed, recoveries: counts.restored };
    },
    async failures(jobId, signal) {
      const { exceptionHistory } = await ask(`/jobs/${jobId}/exceptions`, exceptionsAnswer, signal);
      const entries = exceptionHistory?.entries ?? [];
      return entries
        .map(({ stacktrace, timestamp }) => ({ cause: causeOf(stacktrace).line, at: new Date(timestamp) }))
        .sort((one, other) => other.at.getTime() - one.at.getTime());
    },
    async stopWithSavepoint(jobId, options) {
      const at = new Date();
      const { signal } = options;
      const stop = { method: 'POST' as const, path: `/jobs/${jobId}/stop`, body: { drain: false }, signal };
      const id = read(triggerAnswer, await door(stop))['request-id'];
      const path = await until(async () => {
        const { status, operation } = await ask(`/jobs/${jobId}/savepoints/${id}`, savepointAnswer, signal);
        if (status.id === 'IN_PROGRESS') return undefined;
        if (operation?.location != null) return operation.location;
        const trace = operation?.['failure-cause']?.['stack-trace'] ?? 'it does not say why';
        throw new FlywheelError(
          'CONFLICT',
          `Flink cannot write down what a job knows: ${causeOf(trace).line}`,
        );
      }, options);
      return { path, at };
    },
    async cancel(jobId, options) {
      const { signal } = options;
      const state = await stateOf(jobId, signal);
      if (state === null || hasEnded({ state })) return;
      const answer = await door({ method: 'PATCH', path: `/jobs/${jobId}?mode=cancel`, signal });
      // 404 and 409: it has ended in between.
      if (answer.status !== 404 && answer.status !== 409) read(z.unknown(), answer);
      await until(async () => {
        const now = await stateOf(jobId, signal);
        return now === null || hasEnded({ state: now }) ? true : undefined;
      }, options);
    },
  };
}

function read<T>(shape: z.ZodType<T>, { status, content, text }: FlinkAnswer): T {
  const known = shape.safeParse(content);
  if (status < 300 && known.success) return known.data;
  if (status < 300) {
    throw new FlywheelError('UNAVAILABLE', 'What answers at FLINK_REST is not the job manager of Flink.');
  }
  const told = refusal.safeParse(content);
  const trace = told.success ? told.data.errors.join('\n') : text;
  const { line, kind } = causeOf(trace);
  // Some questions about a job that is not known are answered with 500.
  if (status === 404 || kind === 'FlinkJobNotFoundException') {
    throw new FlywheelError('NOT_FOUND', `Flink does not know what it was asked for: ${line}`);
  }
  if (status === 503)
    throw new FlywheelError('UNAVAILABLE', `The job manager of Flink is only starting: ${line}`);
  if (status < 500) throw new FlywheelError('CONFLICT', `The job manager of Flink refuses: ${line}`);
  throw new FlywheelError('UNAVAILABLE', `The job manager of Flink is not well: ${line}`);
}
