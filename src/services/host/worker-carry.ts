// Brings calls to a service in threads of this process.

import { randomUUID } from 'node:crypto';
import { BroadcastChannel } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { FlywheelError } from '../../core/errors.js';
import type { ModelRegistry, ServiceName } from './registry-contract.js';
import { type Carry, WrittenReply } from './service-contract.js';
import {
  type CallOutcome,
  type CallTask,
  callNumberMax,
  type Note,
  note,
  type ThreadData,
  turnOf,
  unwrap,
} from './thread-messages.js';

export interface ThreadPlace {
  /** The file that a thread starts with; it exports what `createThreadEntry` gives. */
  readonly entry: URL;
  readonly databaseUrl: string;
  /** What the service is told, as plain JSON: `recommendationSettings` and its sisters say what is right. */
  readonly settings?: unknown;
  /** Options of Node for the threads. */
  readonly execArgv?: readonly string[];
}

export interface WorkerCarryDeps extends ThreadPlace {
  readonly service: ServiceName;
  /** Says when the threads should look for another model. */
  readonly registry: Pick<ModelRegistry, 'watch'>;
  /** (1) */
  readonly threads?: number;
  /** The connections of each thread (2). */
  readonly poolSize?: number;
  /** How long past its deadline a call may go on before its thread is taken for stuck (10,000 ms). */
  readonly stuckMs?: number;
  /** Told of what fails in a thread for a reason of its own; calls go on. */
  readonly onFault: (error: unknown) => void;
}

export interface WorkerCarry {
  readonly carry: Carry;
  /** Resolves when the first threads have loaded what they answer from; calls before that may be late. */
  readonly ready: Promise<void>;
  /** Ends the threads; calls that are under way fail with UNAVAILABLE. */
  close(): Promise<void>;
}

/** More at once wait inside the thread anyway. */
const callsPerThread = 16;
const queueMax = 1_000;
/**
 * Many more than are under way and waiting at once. Where a call that goes on for long finds its place taken by a later
 * one, it is cancelled as one that has begun.
 */
const turnsMax = 8_192;

/** The threads start at once and load their model; one that dies is replaced. */
export function createWorkerCarry(deps: WorkerCarryDeps): WorkerCarry {
  const { service, entry, registry, onFault, threads = 1, stuckMs = 10_000 } = deps;
  const channelName = `flywheel ${service} ${randomUUID()}`;
  const channel = new BroadcastChannel(channelName);
  channel.unref();
  /** One that is still starting, on a busy machine, is not stuck. */
  let readyThreads = 0;
  let onReady = () => {};
  const ready = new Promise<void>((resolve) => {
    onReady = resolve;
  });
  channel.onmessage = (event) => {
    const heard = note.parse(Reflect.get(Object(event), 'data'));
    if (heard.kind === 'ready') {
      readyThreads += 1;
      if (readyThreads >= threads) onReady();
    } else if (heard.kind === 'fault') onFault(new Error(`${service}: ${heard.message}`));
  };
  const say = (said: Note) => channel.postMessage(said);

  const turns = new Int32Array(new SharedArrayBuffer(turnsMax * Int32Array.BYTES_PER_ELEMENT));
  const data: ThreadData = {
    turns,
    databaseUrl: deps.databaseUrl,
    poolSize: deps.poolSize ?? 2,
    channel: channelName,
    settings: deps.settings,
  };
  const pool = new Piscina({
    filename: entry.href,
    name: 'call',
    minThreads: threads,
    maxThreads: threads,
    concurrentTasksPerWorker: callsPerThread,
    maxQueue: queueMax,
    // An idle thread that sleeps in Atomics.wait would hear no note, load no model and keep no connection alive.
    atomics: 'disabled',
    workerData: data,
    ...(deps.execArgv === undefined ? {} : { execArgv: [...deps.execArgv] }),
  });
  pool.on('error', onFault);
  const unwatch = registry.watch((changed) => {
    if (changed === service) say({ kind: 'champion' });
  });

  /** A thread that is caught in a loop hears nothing; it is ended with all that it was doing, and replaced. */
  function endThreads(): void {
    if (readyThreads < threads) return;
    readyThreads = 0;
    onFault(new Error(`${service} did not come back from a call; its threads are started anew.`));
    for (const thread of pool.threads) thread.terminate().catch(onFault);
  }

  let calls = 0;
  let closed = false;

  async function run(task: CallTask): Promise<CallOutcome> {
    try {
      const outcome: CallOutcome = await pool.run(task);
      return outcome;
    } catch (error) {
      throw new FlywheelError('UNAVAILABLE', `${service} could not be asked; it is being started anew.`, {
        cause: error,
      });
    }
  }

  return {
    ready,
    async carry(method, items, { signal, deadlineMs, onNeverBegun }) {
      if (closed) throw new FlywheelError('UNAVAILABLE', `${service} is being stopped.`);
      calls = (calls % callNumberMax) + 1;
      const call = calls;
      // A signal of the pool's own would end the whole thread, and would let it do one task at a time only.
      const place = call % turnsMax;
      Atomics.store(turns, place, turnOf.waiting(call));
      const cancel = () => {
        const before = Atomics.compareExchange(turns, place, turnOf.waiting(call), turnOf.dropped);
        if (before === turnOf.waiting(call)) onNeverBegun?.();
        else say({ kind: 'cancel', call });
      };
      signal.addEventListener('abort', cancel, { once: true });
      const watchdog = setTimeout(endThreads, deadlineMs + stuckMs);
      watchdog.unref();
      try {
        const task = { call, method, items: JSON.stringify(items), untilMs: Date.now() + deadlineMs };
        return new WrittenReply(unwrap(await run(task)));
      } finally {
        clearTimeout(watchdog);
        signal.removeEventListener('abort', cancel);
      }
    },
    async close() {
      closed = true;
      unwatch();
      channel.close();
      await pool.destroy();
    },
  };
}
