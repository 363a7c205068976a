// What runs on Flink at one moment of what is ours, and which of it stands for what was declared.

import { fingerprintOf, type NamedJob, readJobName } from './job-name.js';
import type { DeclaredJob } from './jobs-contract.js';
import { type FlinkJob, type FlinkRest, type FlinkSlots, hasEnded } from './rest.js';

/** A job on Flink that bears our name. */
export interface OwnJob extends FlinkJob {
  readonly named: NamedJob;
}

export interface Survey {
  /** Those that go on, the longest running first. */
  readonly living: readonly OwnJob[];
  /** Those that ended and are remembered, the last started first. */
  readonly ended: readonly OwnJob[];
  readonly slots: FlinkSlots;
}

/** Rejects as `FlinkRest` does. */
export async function survey(rest: FlinkRest, owner: string, signal: AbortSignal): Promise<Survey> {
  const [jobs, slots] = await Promise.all([rest.jobs(signal), rest.slots(signal)]);
  const own = jobs.flatMap((job) => {
    const named = readJobName(owner, job.name);
    return named === undefined ? [] : [{ ...job, named }];
  });
  own.sort(
    (one, other) => one.startedAt.getTime() - other.startedAt.getTime() || (one.id < other.id ? -1 : 1),
  );
  return { living: own.filter((job) => !hasEnded(job)), ended: own.filter(hasEnded).reverse(), slots };
}

/**
 * The job that stands for a declared one: of those of its generation that go on, one that was declared just so, and the
 * longest running of them, so that two that look choose alike.
 */
export function jobFor(declared: DeclaredJob, { living }: Pick<Survey, 'living'>): OwnJob | undefined {
  const { name, generation } = declared;
  const fingerprint = fingerprintOf(declared);
  const candidates = living.filter(({ named }) => named.name === name && named.generation === generation);
  return candidates.find(({ named }) => named.fingerprint === fingerprint) ?? candidates[0];
}
