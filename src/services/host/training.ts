// Trainings: one at a time for each service, wherever its processes are, each in a thread of its own.

import { FlywheelError } from '../../core/errors.js';
import type { Lease, Leases } from '../../core/lease.js';
import { pause } from '../../core/pause.js';
import type { Model, ServiceName } from './registry-contract.js';
import { cancelledTraining } from './thread-messages.js';
import type { Training, TrainRequest } from './training-contract.js';
import type { TrainingNews } from './training-news.js';
import { type Report, trainInThread } from './training-thread.js';
import type { ThreadPlace } from './worker-carry.js';

export interface TrainingDeps {
  /** Where the threads of each service that can be trained start. */
  readonly places: Readonly<Partial<Record<ServiceName, ThreadPlace>>>;
  readonly leases: Leases;
  readonly news: TrainingNews;
  /** How long another holder of the lease is waited for before the request is refused (2,000 ms). */
  readonly waitMs?: number;
  /** How long a cancelled training may take to end by itself (1,000 ms). */
  readonly graceMs?: number;
  readonly onFault: (error: unknown) => void;
}

/** A training whose lease goes to another holder is cancelled: what it makes would be made twice. */
export function createTraining(deps: TrainingDeps): Training {
  const { places, leases, news, waitMs = 2_000, graceMs = 1_000, onFault } = deps;
  const running = new Map<ServiceName, Promise<unknown>>();
  const closing = new AbortController();

  async function trainUnder(
    lease: Lease,
    service: ServiceName,
    place: ThreadPlace,
    request: TrainRequest,
    report: Report,
  ): Promise<Model> {
    const { seed = 1, promoteIfBetter = true } = request;
    const ends = [lease.lost, closing.signal, ...(request.signal === undefined ? [] : [request.signal])];
    const signal = AbortSignal.any(ends);
    return trainInThread({ service, place, seed, promoteIfBetter, signal, graceMs, report });
  }

  /** Waits a moment for the lease, and trains once under it. */
  async function trainInTurn(
    service: ServiceName,
    place: ThreadPlace,
    request: TrainRequest,
  ): Promise<Model> {
    const report: Report = (said) => news.tell({ service, ...said });
    const done = new AbortController();
    let begun: Promise<Model> | undefined;
    let fault: unknown;
    const waiting = leases.hold(
      `training/${service}`,
      async (lease) => {
        begun ??= trainUnder(lease, service, place, request, report);
        await begun.catch(() => {});
        done.abort();
      },
      {
        signal: done.signal,
        onFault: (error) => {
          fault = error;
          onFault(error);
        },
      },
    );
    await pause(waitMs, AbortSignal.any([done.signal, closing.signal, request.signal ?? done.signal]));
    if (begun === undefined) done.abort();
    await waiting;
    if (begun === undefined) {
      if (closing.signal.aborted || request.signal?.aborted) throw cancelledTraining(service);
      if (fault === undefined) throw alreadyTrained(service);
      throw new FlywheelError('UNAVAILABLE', `${service} cannot be trained while the warehouse is away.`, {
        cause: fault,
      });
    }
    try {
      const model = await begun;
      report({ state: 'registered', share: 1, step: null, version: model.version });
      return model;
    } catch (error) {
      const isCancelled = error instanceof FlywheelError && error.code === 'CANCELLED';
      const step = error instanceof Error ? error.message : String(error);
      report({ state: isCancelled ? 'cancelled' : 'failed', share: 0, step, version: null });
      throw error;
    }
  }

  return {
    async train(service, request = {}) {
      const place = places[service];
      if (place === undefined) {
        throw new FlywheelError('BAD_INPUT', `${service} has nothing that is trained here.`);
      }
      if (closing.signal.aborted) throw cancelledTraining(service);
      if (running.has(service)) throw alreadyTrained(service);
      const training = trainInTurn(service, place, request).finally(() => running.delete(service));
      running.set(service, training);
      return training;
    },
    watch: news.watch,
    async close() {
      closing.abort();
      await Promise.allSettled(running.values());
      await news.settle();
    },
  };
}

function alreadyTrained(service: ServiceName): FlywheelError {
  return new FlywheelError(
    'CONFLICT',
    `${service} is being trained already; wait for its end, or cancel it.`,
  );
}
