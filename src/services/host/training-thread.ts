// One training in a thread of its own: its progress comes out, its cancellation goes in.

import { MessageChannel } from 'node:worker_threads';
import { Piscina } from 'piscina';
import type { Model, ServiceName } from './registry-contract.js';
import {
  cancelledTraining,
  progress,
  type ThreadData,
  type TrainOutcome,
  type TrainTask,
  unwrap,
} from './thread-messages.js';
import type { TrainingProgress } from './training-contract.js';
import type { ThreadPlace } from './worker-carry.js';

export type Report = (progress: Omit<TrainingProgress, 'service'>) => void;

export interface ThreadTraining {
  readonly service: ServiceName;
  readonly place: ThreadPlace;
  readonly seed: number;
  readonly promoteIfBetter: boolean;
  readonly signal: AbortSignal;
  readonly graceMs: number;
  readonly report: Report;
}

/** The thread lives for one training, so that its memory goes with it. */
export async function trainInThread(training: ThreadTraining): Promise<Model> {
  const { service, place, seed, promoteIfBetter, signal, graceMs, report } = training;
  if (signal.aborted) throw cancelledTraining(service);
  const data: ThreadData = { databaseUrl: place.databaseUrl, poolSize: 2 };
  const pool = new Piscina({
    filename: place.entry.href,
    name: 'train',
    minThreads: 1,
    maxThreads: 1,
    // A thread that sleeps in Atomics.wait would not hear that it is cancelled.
    atomics: 'disabled',
    workerData: data,
    ...(place.execArgv === undefined ? {} : { execArgv: [...place.execArgv] }),
  });
  const { port1: near, port2: port } = new MessageChannel();
  near.on('message', (said) => {
    const { share, step = null } = progress.parse(said);
    if (!signal.aborted) report({ state: 'running', share, step, version: null });
  });
  const killing = new AbortController();
  let grace: NodeJS.Timeout | undefined;
  const cancel = () => {
    near.postMessage('cancel');
    grace = setTimeout(() => killing.abort(), graceMs);
  };
  signal.addEventListener('abort', cancel, { once: true });
  try {
    report({ state: 'running', share: 0, step: null, version: null });
    const task: TrainTask = { seed, promoteIfBetter, port };
    const outcome: TrainOutcome = await pool.run(task, { signal: killing.signal, transferList: [port] });
    return unwrap(outcome);
  } catch (error) {
    throw signal.aborted ? cancelledTraining(service) : error;
  } finally {
    clearTimeout(grace);
    signal.removeEventListener('abort', cancel);
    near.close();
    await pool.destroy();
  }
}
