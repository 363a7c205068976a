// Hands a declared job to Flink: anew, or from what it knew when it last wrote it down.

import { FlywheelError } from '../../core/errors.js';
import type { EngineJob, EngineJobStore } from '../../warehouse/engine-jobs.js';
import { fingerprintOf, jobNameOf } from './job-name.js';
import type { DeclaredJob } from './jobs-contract.js';
import type { RestorePoint } from './rest.js';
import type { SqlGateway } from './sql-gateway.js';

export interface StartJobDeps {
  readonly gateway: SqlGateway;
  /** Told what will be true as soon as the job is handed over, and again once Flink has said its id. */
  readonly store: EngineJobStore;
  readonly owner: string;
}

/**
 * Retained, what a job knew outlives its job manager and whoever cancels it. Claimed, what it was resumed from goes the
 * way of its own checkpoints, and does not stay for ever.
 */
const fixedSettings = {
  'execution.runtime-mode': 'streaming',
  'execution.checkpointing.externalized-checkpoint-retention': 'RETAIN_ON_CANCELLATION',
};

function settingsFrom(point: RestorePoint | null): Readonly<Record<string, string>> {
  return point === null
    ? {}
    : { 'execution.state-recovery.path': point.path, 'execution.state-recovery.claim-mode': 'CLAIM' };
}

/**
 * The id of the job on Flink. Rejects as `FlinkSession.run` does. Where Flink refused, nothing was handed over, and
 * `before` holds again; where it did not answer, nobody knows.
 */
export async function startJob(
  { gateway, store, owner }: StartJobDeps,
  declared: DeclaredJob,
  from: RestorePoint | null,
  { before, signal }: { readonly before: EngineJob | null; readonly signal: AbortSignal },
): Promise<string> {
  const { name, generation, tables, insert } = declared;
  const fingerprint = fingerprintOf(declared);
  const started: EngineJob = {
    name,
    generation,
    fingerprint,
    jobId: null,
    restorePoint: from,
    lastSeenRunningAt: before?.lastSeenRunningAt ?? null,
  };
  const settings = {
    ...declared.settings,
    ...fixedSettings,
    ...settingsFrom(from),
    'pipeline.name': jobNameOf(owner, { name, generation, fingerprint }),
  };
  return gateway.inSession({ settings, signal }, async (session) => {
    for (const table of tables) await session.run(table);
    await store.write(owner, started);
    const { jobId } = await session.run(insert).catch(async (error: unknown) => {
      if (isRefusal(error)) await (before === null ? store.remove(owner, name) : store.write(owner, before));
      throw error;
    });
    if (jobId === null) throw new FlywheelError('BAD_INPUT', `The INSERT of the job ${name} is none.`);
    await store.write(owner, { ...started, jobId });
    return jobId;
  });
}

/** Whether Flink has said no, as opposed to nothing. */
export function isRefusal(error: unknown): boolean {
  return error instanceof FlywheelError && (error.code === 'BAD_INPUT' || error.code === 'CONFLICT');
}
