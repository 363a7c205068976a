// What the thread of a training starts with: it steps back behind all others before anything is loaded.

import { setPriority } from 'node:os';
import { workerData } from 'node:worker_threads';
import type { ThreadEntry } from './thread.js';
import type { TrainOutcome, TrainTask } from './thread-messages.js';

// Requests come first. On Linux a thread has a priority of its own; elsewhere the whole process would lose its own.
if (process.platform === 'linux') setPriority(19);

/** Trains as the entry file of the service does. */
export async function train(task: TrainTask): Promise<TrainOutcome> {
  const { trainingData } = await import('./thread-messages.js');
  const service: ThreadEntry = await import(trainingData.parse(workerData).entry);
  return service.train(task);
}
