// Finds out how one declared job fares: from what goes on, from what it has written down, and from how it failed.

import type { Finding } from './job-board.js';
import { fingerprintOf } from './job-name.js';
import type { DeclaredJob } from './jobs-contract.js';
import { judge, judgeFailures, type Verdict } from './judge-job.js';
import type { FlinkFailure, FlinkRest } from './rest.js';
import { jobFor, type OwnJob, type Survey } from './survey.js';

export interface Inspection {
  readonly declared: DeclaredJob;
  readonly seen: Survey;
  /** Why it could not be brought nearer to what is declared; it stands until the job runs as it should. */
  readonly refusal: Verdict | undefined;
  readonly nowMs: number;
  readonly signal: AbortSignal;
}

/** Of jobs that ended, so many are asked how. */
const askedMax = 3;

/** Rejects as `FlinkRest` does. */
export async function inspectJob(rest: FlinkRest, inspection: Inspection): Promise<Finding> {
  const { declared, seen, refusal, nowMs, signal } = inspection;
  const { name } = declared;
  const job = jobFor(declared, seen);
  if (job === undefined) {
    const verdict = refusal ?? judgeFailures(await lastFailures(rest, inspection), nowMs);
    return {
      name,
      verdict: verdict ?? { state: 'starting', sentence: null },
      jobId: null,
      checkpoints: null,
    };
  }
  const [checkpoints, own, before] = await Promise.all([
    rest.checkpoints(job.id, signal),
    rest.failures(job.id, signal),
    lastFailures(rest, inspection),
  ]);
  const isAsDeclared = job.named.fingerprint === fingerprintOf(declared);
  const evidence = { job, slots: seen.slots, failures: [...own, ...before], checkpoints, nowMs };
  const verdict = isAsDeclared || refusal === undefined ? judge(evidence) : refusal;
  return { name, verdict, jobId: job.id, checkpoints };
}

/** How those of just this declaration ended that Flink gave up, the newest first. One without tasks could not even begin. */
async function lastFailures(
  rest: FlinkRest,
  { declared, seen, signal }: Inspection,
): Promise<readonly FlinkFailure[]> {
  const { name, generation } = declared;
  const fingerprint = fingerprintOf(declared);
  const isSame = ({ named }: OwnJob) =>
    named.name === name && named.generation === generation && named.fingerprint === fingerprint;
  const failed = seen.ended.filter((job) => job.state === 'FAILED' && job.tasks.total > 0 && isSame(job));
  const asked = failed
    .slice(0, askedMax)
    .map(async ({ id }) => (await rest.failures(id, signal)).slice(0, 1));
  return (await Promise.all(asked)).flat();
}
