// One training in a thread of its own: its progress comes out, its cancellation goes in.

import { extname } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { Piscina } from 'piscina';
import type { RunningTraining } from '../../warehouse/trainings.js';
import type { Model, ServiceName } from './registry-contract.js';
import {
  cancelledTraining,
  progress,
  type TrainingData,
  type TrainOutcome,
  type TrainTask,
  unwrap,
} from './thread-messages.js';
import type { ThreadPlace } from './worker-carry.js';

export interface TrainingPlace extends ThreadPlace {
  /** What the thread is told of the engine that does some of the training, as plain JSON; none where all is done in it. */
  readonly engine?: unknown;
  /** How long a cancelled training may take to end by itself, where an engine has to be stopped (as the trainer has it). */
  readonly graceMs?: number;
}

export interface ThreadTraining {
  readonly service: ServiceName;
  readonly place: TrainingPlace;
  readonly seed: number;
  readonly promoteIfBetter: boolean;
  /** Whether a model that would be promoted is put on trial instead (false). */
  readonly asChallenger?: boolean;
  /** The row that ends together with the model's beginning; none where nobody asked for it by a row. */
  readonly running?: RunningTraining;
  readonly signal: AbortSignal;
  /** How long it may take to end by itself when it is cancelled. */
  readonly graceMs: number;
  readonly onProgress: (progress: { readonly share: number; readonly step: string | null }) => void;
}

/** Runs what this file is: the build or, where threads are told how to read it, the source. */
const entry = new URL(`training-entry${extname(import.meta.filename)}`, import.meta.url);

/**
 * The model, once it is registered; its thread lives for one training, so that its memory goes with it. Rejects with
 * CANCELLED, with BAD_INPUT where nothing can be trained, and with what else the training failed of.
 */
export async function trainInThread(training: ThreadTraining): Promise<Model> {
  const { service, place, seed, promoteIfBetter, running, signal, graceMs, onProgress } = training;
  const { asChallenger = false } = training;
  if (signal.aborted) throw cancelledTraining(service);
  const { databaseUrl, settings, engine } = place;
  const data: TrainingData = { databaseUrl, poolSize: 2, settings, engine, entry: place.entry.href };
  const pool = new Piscina({
    filename: entry.href,
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
    if (!signal.aborted) onProgress({ share, step });
  });
  const killing = new AbortController();
  let grace: NodeJS.Timeout | undefined;
  const cancel = () => {
    near.postMessage('cancel');
    grace = setTimeout(() => killing.abort(), graceMs);
  };
  signal.addEventListener('abort', cancel, { once: true });
  try {
    const task: TrainTask = {
      seed,
      promoteIfBetter,
      asChallenger,
      port,
      ...(running === undefined ? {} : { running }),
    };
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
