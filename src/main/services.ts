// The four model services as this process calls them: in threads of its own, or behind HTTP.

import type { ModelServices } from '../../graphql/service-calls.js';
import type { Log } from '../core/log.js';
import { createNowAndThen } from '../core/now-and-then.js';
import { pause } from '../core/pause.js';
import { createServiceTelemetry, type ServiceTelemetry } from '../core/service-telemetry.js';
import { forecastingBaselines } from '../services/forecasting/baseline.js';
import { type ForecastingService, forecastingMethods } from '../services/forecasting/contract.js';
import { type Baselines, createServiceClient, type ObservedCall } from '../services/host/client.js';
import { createHttpCarry } from '../services/host/http-carry.js';
import { createModelRegistry } from '../services/host/registry.js';
import { type ModelRegistry, type ServiceName, serviceNames } from '../services/host/registry-contract.js';
import type { Carry, Methods, Service } from '../services/host/service-contract.js';
import { createWorkerCarry, type ThreadPlace } from '../services/host/worker-carry.js';
import { learningBaselines } from '../services/learning/baseline.js';
import { learningMethods } from '../services/learning/contract.js';
import { type BestSellerBaselines, createBestSellerBaselines } from '../services/recommendation/baseline.js';
import { recommendationMethods } from '../services/recommendation/contract.js';
import { segmentationBaselines } from '../services/segmentation/baseline.js';
import { type SegmentationService, segmentationMethods } from '../services/segmentation/contract.js';
import type { StartedDatabase } from './database.js';
import type { Foundations } from './foundations.js';
import { servicePlace } from './service-places.js';
import { readServiceSettings } from './service-settings.js';
import type { Streams } from './streams.js';

export interface ServicesStarter {
  /** Where a thread of a service starts, with what the service is told. */
  readonly placeOf: (service: ServiceName) => ThreadPlace;
  readonly models: ModelRegistry;
  readonly telemetry: ServiceTelemetry;
  /** All four, for a process that answers requests. */
  startAll(): Promise<ModelServices>;
  /** What the pipeline role keeps segments with, which remembers no answers: those of requests should stay remembered. */
  startSegmentation(): Promise<SegmentationService>;
  /** What the pipeline role forecasts stock with, which remembers no answers either. */
  startForecasting(): Promise<ForecastingService>;
}

/** So long a service may take to load its model before requests are answered without it. */
const startingMs = 10_000;
const bestSellersEveryMs = 60_000;
/** What is wrong with a service is said so often at most; the metrics count every call. */
const complaintEveryMs = 10_000;

/** Rejects with BAD_INPUT when the services are told something that cannot be. */
export async function createServices(
  foundations: Foundations,
  { listener }: Pick<Streams, 'listener'>,
  started: StartedDatabase,
): Promise<ServicesStarter> {
  const { config, lifecycle, log, telemetry: metrics, threadExecArgv } = foundations;
  const settings = await readServiceSettings(config.services.settingsFile);
  const { database } = started;
  const models = createModelRegistry({ database, listener });
  const telemetry = createServiceTelemetry(metrics.registry);
  const placeOf = (service: ServiceName) =>
    servicePlace(service, {
      databaseUrl: started.url,
      settings: settings[service],
      ...(threadExecArgv === undefined ? {} : { execArgv: threadExecArgv }),
    });
  const carries = new Map<ServiceName, Promise<Carry>>();

  /** One for each service, however many clients it has. */
  function carryOf(service: ServiceName): Promise<Carry> {
    const carry = carries.get(service) ?? startCarry(service);
    carries.set(service, carry);
    return carry;
  }

  async function startCarry(service: ServiceName): Promise<Carry> {
    const url = config.services.urls[service];
    if (url !== undefined) return createHttpCarry({ service, url });
    const { carry, ready } = await lifecycle.start({
      name: `threads of ${service}`,
      start: () =>
        createWorkerCarry({
          ...placeOf(service),
          service,
          registry: models,
          onFault: (error) => log.warn({ service, error }, 'a thread of a service had a fault'),
        }),
      stop: (threads) => threads.close(),
    });
    await atMost(startingMs, ready);
    return carry;
  }

  async function start<M extends Methods>(
    service: ServiceName,
    methods: M,
    baselines: Baselines<M>,
    answersMax?: number,
  ): Promise<Service<M>> {
    const count = telemetry.calls(service);
    const complain = createComplaints(log, service);
    return createServiceClient({
      service,
      methods,
      baselines,
      carry: await carryOf(service),
      ...(answersMax === undefined ? {} : { answersMax }),
      deadlineMs: config.services.deadlineMs,
      onCall: (call) => {
        count(call);
        complain(call);
      },
    });
  }

  return {
    placeOf,
    models,
    telemetry,
    startSegmentation: () => start('segmentation', segmentationMethods, segmentationBaselines, 0),
    startForecasting: () => start('forecasting', forecastingMethods, forecastingBaselines, 0),
    async startAll() {
      const best = createBestSellerBaselines(database);
      await keepRefreshed(foundations, best);
      // Together, and not one after another, because each waits for its threads.
      await Promise.all(serviceNames.map(carryOf));
      return {
        recommendation: await start('recommendation', recommendationMethods, best.baselines),
        segmentation: await start('segmentation', segmentationMethods, segmentationBaselines),
        forecasting: await start('forecasting', forecastingMethods, forecastingBaselines),
        learning: await start('learning', learningMethods, learningBaselines),
      };
    },
  };
}

/** Waits for it, but no longer; a timer that went on after it would keep the process from ending. */
async function atMost(durationMs: number, awaited: Promise<void>): Promise<void> {
  const done = new AbortController();
  void awaited.then(() => done.abort());
  await pause(durationMs, done.signal);
}

/** The list that stands in for recommendations is read at the start and again from time to time. */
async function keepRefreshed({ lifecycle, log }: Foundations, best: BestSellerBaselines): Promise<void> {
  const closing = new AbortController();
  const { signal } = closing;
  const refresh = async () => {
    while (!signal.aborted) {
      try {
        await best.refresh(signal);
      } catch (error) {
        if (!signal.aborted) log.warn({ error }, 'the best sellers are read again later');
      }
      await pause(bestSellersEveryMs, signal);
    }
  };
  await lifecycle.start({
    name: 'best sellers',
    start: () => ({ refreshing: refresh() }),
    stop: ({ refreshing }) => {
      closing.abort();
      return refreshing;
    },
  });
}

/** Says why answers are degraded, now and then. */
function createComplaints(log: Log, service: ServiceName): (call: ObservedCall) => void {
  const isTime = createNowAndThen(complaintEveryMs);
  return ({ outcome, method, error }) => {
    if (outcome === 'ok' || outcome === 'refused' || outcome === 'cancelled' || outcome === 'open') return;
    if (isTime()) log.warn({ service, method, outcome, error }, 'answers of a service are degraded');
  };
}
