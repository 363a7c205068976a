// The four services: what each is for and how it is called, and where a thread of it starts.

import { extname } from 'node:path';
import type { SparkSettings } from '../core/engine-settings.js';
import { forecastingDescription, forecastingMethods } from '../services/forecasting/contract.js';
import type { ServiceName } from '../services/host/registry-contract.js';
import type { Methods } from '../services/host/service-contract.js';
import type { TrainingPlace } from '../services/host/training-thread.js';
import type { ThreadPlace } from '../services/host/worker-carry.js';
import { learningDescription, learningMethods } from '../services/learning/contract.js';
import { recommendationDescription, recommendationMethods } from '../services/recommendation/contract.js';
import { segmentationDescription, segmentationMethods } from '../services/segmentation/contract.js';

export interface ServiceContract {
  readonly description: string;
  readonly methods: Methods;
}

/** What is served, in threads and behind HTTP alike. */
export const serviceContracts: Readonly<Record<ServiceName, ServiceContract>> = {
  recommendation: { description: recommendationDescription, methods: recommendationMethods },
  segmentation: { description: segmentationDescription, methods: segmentationMethods },
  forecasting: { description: forecastingDescription, methods: forecastingMethods },
  learning: { description: learningDescription, methods: learningMethods },
};

/** Threads run what this file is: the build, or, where Node is told by `execArgv` how to read it, the source. */
const language = extname(import.meta.filename);

/** Where the threads of a service start, over a warehouse. */
export function servicePlace(service: ServiceName, of: Omit<ThreadPlace, 'entry'>): ThreadPlace {
  return { ...of, entry: new URL(`../services/${service}/worker${language}`, import.meta.url) };
}

/** Spark needs a moment to end what it runs, and the warehouse one to be cleared of what Spark was handed. */
const sparkGraceMs = 15_000;

/** Where the threads start that train on Spark; none without one. */
export function sparkPlaces(
  spark: SparkSettings | undefined,
  of: Omit<ThreadPlace, 'entry'>,
): Readonly<Partial<Record<ServiceName, TrainingPlace>>> {
  if (spark === undefined) return {};
  const entry = new URL(`recommendation-on-spark${language}`, import.meta.url);
  return { recommendation: { ...of, entry, engine: spark, graceMs: sparkGraceMs } };
}
