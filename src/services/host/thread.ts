// The inside of a service's thread: calls on the champion, or one training.

import { BroadcastChannel, type MessagePort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { FlywheelError } from '../../core/errors.js';
import { createDatabase } from '../../warehouse/database.js';
import { createModelStore } from './registry.js';
import type { Model } from './registry-contract.js';
import { loadModel, startServing } from './serving.js';
import {
  type CallOutcome,
  type CallTask,
  cancelledTraining,
  type Note,
  note,
  outcomeOf,
  type TrainOutcome,
  type TrainTask,
  threadData,
  turnOf,
} from './thread-messages.js';
import type { TrainOptions, Workshop, WorkshopDeps } from './workshop-contract.js';

/** What the entry file of a service's thread exports. */
export interface ThreadEntry {
  call(task: CallTask): Promise<CallOutcome>;
  train(task: TrainTask): Promise<TrainOutcome>;
}

/** Nobody waits that long for a call; what a training reads may be all that there is. */
const callStatementMsMax = 10_000;
const trainingStatementMsMax = 600_000;
const progressEveryMs = 50;

/** To be called once, by the file that a thread starts with. */
export function createThreadEntry(workshop: Workshop): ThreadEntry {
  const {
    databaseUrl,
    poolSize,
    channel,
    turns = new Int32Array(1),
    settings,
  } = threadData.parse(workerData);
  const database = createDatabase({
    url: databaseUrl,
    poolSize,
    statementTimeoutMs: channel === undefined ? trainingStatementMsMax : callStatementMsMax,
    // A training has time: its statements leave the processors of the server to those who wait for an answer.
    parallel: channel !== undefined,
    // Idle threads hold no connection for long.
    idleTimeoutMs: 60_000,
    applicationName: `flywheel ${workshop.service}`,
  });
  return {
    call:
      channel === undefined ? refuseCalls : createCalls(workshop, { database, settings }, { channel, turns }),
    train: (task) => trainOnce(workshop, { database, settings }, task),
  };
}

async function refuseCalls(): Promise<CallOutcome> {
  return { fault: { code: 'UNAVAILABLE', message: 'This thread is there for a training only.' } };
}

interface Between {
  readonly channel: string;
  readonly turns: Int32Array;
}

function createCalls(
  workshop: Workshop,
  deps: WorkshopDeps,
  { channel: channelName, turns }: Between,
): ThreadEntry['call'] {
  const { service } = workshop;
  const channel = new BroadcastChannel(channelName);
  const underWay = new Map<number, AbortController>();
  const report = (error: unknown) =>
    channel.postMessage({ kind: 'fault', message: inFull(error) } satisfies Note);
  // Listening begins before the champion is first looked at, so that no change is missed.
  channel.onmessage = (event) => {
    const heard = note.parse(Reflect.get(Object(event), 'data'));
    if (heard.kind === 'cancel') underWay.get(heard.call)?.abort();
    else if (heard.kind === 'champion') serving.look();
  };
  const store = createModelStore(deps.database);
  const serving = startServing({ ...deps, workshop, store, onFault: report });
  serving.handler().then(() => channel.postMessage({ kind: 'ready' } satisfies Note), report);

  const write = createWriter();

  async function answer({ method, items }: CallTask, signal: AbortSignal) {
    const handler = await serving.handler();
    if (signal.aborted) throw givenUp(service);
    const given: unknown[] = JSON.parse(items);
    const { results, ...models } = await handler(method, given, { signal });
    return { ...models, texts: results.map(write) };
  }

  return async (task) => {
    const controller = new AbortController();
    const { signal } = controller;
    const place = task.call % turns.length;
    const before = Atomics.compareExchange(turns, place, turnOf.waiting(task.call), turnOf.begun(task.call));
    const leftMs = task.untilMs - Date.now();
    if (leftMs <= 0 || before === turnOf.dropped) controller.abort();
    // Whoever asked may be too busy to say that the time is over.
    const ending = setTimeout(() => controller.abort(), leftMs);
    underWay.set(task.call, controller);
    try {
      return await outcomeOf(
        () => Promise.race([answer(task, signal), rejectsWhenAborted(signal, service)]),
        (error) => {
          report(error);
          return { code: 'UNAVAILABLE', message: `${service} failed for a reason of its own.` };
        },
      );
    } finally {
      clearTimeout(ending);
      underWay.delete(task.call);
    }
  };
}

/** The JSON of results; one that is given again and again is written once. */
function createWriter(): (result: unknown) => string {
  const written = new WeakMap<object, string>();
  return (result) => {
    if (typeof result !== 'object' || result === null) return JSON.stringify(result) ?? '';
    let text = written.get(result);
    if (text === undefined) {
      text = JSON.stringify(result);
      written.set(result, text);
    }
    return text;
  };
}

function inFull(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function givenUp(service: string): FlywheelError {
  return new FlywheelError('CANCELLED', `A call of ${service} was given up.`);
}

function rejectsWhenAborted(signal: AbortSignal, service: string): Promise<never> {
  return new Promise((_, reject) => {
    const onAbort = () => reject(givenUp(service));
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}

async function trainOnce(workshop: Workshop, deps: WorkshopDeps, task: TrainTask): Promise<TrainOutcome> {
  const { service } = workshop;
  const { port } = task;
  const cancelling = new AbortController();
  const cancel = () => cancelling.abort(cancelledTraining(service));
  port.on('message', cancel);
  // What computes for long lets no event come: what was sent meanwhile is looked for whenever it reports.
  const listen = () => {
    if (receiveMessageOnPort(port) !== undefined) cancel();
    cancelling.signal.throwIfAborted();
  };
  try {
    return await outcomeOf(
      () => trainAndRegister(workshop, deps, task, { signal: cancelling.signal, listen }),
      (error) => ({
        code: 'INTERNAL',
        message: `The training of ${service} failed for a reason of its own, which the log tells.`,
        cause: inFull(error),
      }),
    );
  } finally {
    port.close();
    await deps.database.close();
  }
}

interface Cancelling {
  readonly signal: AbortSignal;
  /** Throws once the training is cancelled. */
  readonly listen: () => void;
}

async function trainAndRegister(
  workshop: Workshop,
  deps: WorkshopDeps,
  { seed, promoteIfBetter, asChallenger, running, port }: TrainTask,
  { signal, listen }: Cancelling,
): Promise<Model> {
  const { service } = workshop;
  if (workshop.train === undefined) {
    throw new FlywheelError('BAD_INPUT', `${service} has nothing that is trained.`);
  }
  const store = createModelStore(deps.database);
  const serving = await store.champion(service);
  const champion = serving && (await loadModel(store, serving));
  const onProgress = createProgress(port, listen);
  const trained = await workshop.train(deps, { seed, champion, signal, onProgress });
  signal.throwIfAborted();
  const { description, bytes, championQuality, championIsUnreadable = false } = trained;
  return store.register(service, description, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), {
    promoteIfBetter,
    asChallenger,
    championIsUnreadable,
    ...(running === undefined ? {} : { running }),
    ...(championQuality === undefined ? {} : { championQuality }),
    ...(champion === undefined ? {} : { championVersion: champion.model.version }),
  });
}

/** A training may report as often as it likes: what comes in between is not sent. */
function createProgress(port: MessagePort, listen: Cancelling['listen']): TrainOptions['onProgress'] {
  let sentMs = Number.NEGATIVE_INFINITY;
  let sentStep: string | undefined;
  return (share, step) => {
    listen();
    const nowMs = performance.now();
    if (nowMs - sentMs < progressEveryMs && step === sentStep) return;
    sentMs = nowMs;
    sentStep = step;
    port.postMessage(step === undefined ? { share } : { share, step });
  };
}
