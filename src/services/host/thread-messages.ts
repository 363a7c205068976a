// What the threads of a service and the process around them say to each other.

import type { MessagePort } from 'node:worker_threads';
import { z } from 'zod';
import { errorCodes, FlywheelError } from '../../core/errors.js';
import type { RunningTraining } from '../../warehouse/trainings.js';
import type { Model } from './registry-contract.js';
import type { Written } from './service-contract.js';

/** What a thread is started with. */
export const threadData = z.object({
  databaseUrl: z.string(),
  poolSize: z.number(),
  /** The name of the broadcast channel of the notes below; a thread that trains has none. */
  channel: z.string().optional(),
  /** How far calls have come, each at its number modulo the length: see `turnOf`. A thread that trains has none. */
  turns: z.custom<Int32Array>((value) => value instanceof Int32Array).optional(),
  /** What the service is told, as plain JSON. */
  settings: z.unknown().optional(),
});
export type ThreadData = z.infer<typeof threadData>;

/**
 * What a thread for a training is started with: also the file of the service, which one for calls starts with itself, and
 * where the engine is that does some of the training, as plain JSON that this file reads.
 */
export const trainingData = threadData.extend({ entry: z.string(), engine: z.unknown().optional() });
export type TrainingData = z.infer<typeof trainingData>;

/**
 * `cancel`: nobody waits for that call; `champion`: it may be another. Said by a thread: `ready`, when it has loaded what it answers from, and
 * `fault`, for the log.
 */
export const note = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('cancel'), call: z.number() }),
  z.object({ kind: z.literal('champion') }),
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('fault'), message: z.string() }),
]);
export type Note = z.infer<typeof note>;

/** A call waits until a thread begins with it, or until nobody waits for it: then it is not begun with any more. */
export const turnOf = {
  waiting: (call: number) => call,
  begun: (call: number) => -call,
  dropped: 0,
} as const;

/** Calls are numbered from 1 up to here, and then anew: both signs fit into an Int32Array. */
export const callNumberMax = 2 ** 30;

export interface CallTask {
  readonly call: number;
  readonly method: string;
  /** The list of the items as JSON. */
  readonly items: string;
  /** By the clock on the wall, which all threads share. */
  readonly untilMs: number;
}

export interface TrainTask {
  readonly seed: number;
  readonly promoteIfBetter: boolean;
  /** Whether a model that would be promoted is put on trial instead. */
  readonly asChallenger: boolean;
  readonly running?: RunningTraining;
  /** Takes progress to the process; anything that comes from there cancels. */
  readonly port: MessagePort;
}

/** What a training says on its port. */
export const progress = z.object({ share: z.number(), step: z.string().optional() });

/** An error of ours as it passes between threads, which would leave only its message of it. */
const fault = z.object({
  code: z.enum(errorCodes),
  message: z.string(),
  /** What lies beneath, for the log. */
  cause: z.string().optional(),
});
export type Fault = z.infer<typeof fault>;

export type Outcome<T> = { readonly value: T } | { readonly fault: Fault };
export type CallOutcome = Outcome<Written>;
/** The model as it was registered: its bytes never leave the thread, which would hold up the others. */
export type TrainOutcome = Outcome<Model>;

/** The value; an error of ours becomes a fault, and `onBug` says what any other becomes. */
export async function outcomeOf<T>(
  work: () => Promise<T>,
  onBug: (error: unknown) => Fault,
): Promise<Outcome<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    if (error instanceof FlywheelError) return { fault: { code: error.code, message: error.message } };
    return { fault: onBug(error) };
  }
}

/** The value of an outcome, or its fault thrown as the error that it was. */
export function unwrap<T>(outcome: Outcome<T>): T {
  if ('value' in outcome) return outcome.value;
  const { code, message, cause } = outcome.fault;
  throw new FlywheelError(code, message, cause === undefined ? {} : { cause: new Error(cause) });
}

/** What a cancelled training fails with. */
export function cancelledTraining(service: string): FlywheelError {
  return new FlywheelError('CANCELLED', `The training of ${service} was cancelled.`);
}
