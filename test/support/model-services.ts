// The model services over a test database, answering in the thread of the test.

import type { ModelServices } from '../../graphql/service-calls.js';
import { forecastingBaselines } from '../../src/services/forecasting/baseline.js';
import { forecastingMethods } from '../../src/services/forecasting/contract.js';
import { forecastingWorkshop } from '../../src/services/forecasting/workshop.js';
import { createServiceClient, type ObservedCall } from '../../src/services/host/client.js';
import { createModelStore } from '../../src/services/host/registry.js';
import type { Model, ServiceName } from '../../src/services/host/registry-contract.js';
import type { Carry } from '../../src/services/host/service-contract.js';
import { loadModel } from '../../src/services/host/serving.js';
import type { Workshop } from '../../src/services/host/workshop-contract.js';
import { learningBaselines } from '../../src/services/learning/baseline.js';
import { learningMethods } from '../../src/services/learning/contract.js';
import { learningWorkshop } from '../../src/services/learning/workshop.js';
import { createBestSellerBaselines } from '../../src/services/recommendation/baseline.js';
import { recommendationMethods } from '../../src/services/recommendation/contract.js';
import { recommendationWorkshop } from '../../src/services/recommendation/workshop.js';
import { segmentationBaselines } from '../../src/services/segmentation/baseline.js';
import { segmentationMethods } from '../../src/services/segmentation/contract.js';
import { segmentationWorkshop } from '../../src/services/segmentation/workshop.js';
import type { Database } from '../../src/warehouse/database.js';

/** Loads the champion anew for every call, so that a test may train and promote as it likes. */
function carryOf(workshop: Workshop, database: Database): Carry {
  const store = createModelStore(database);
  return async (method, items, { signal }) => {
    const champion = await store.champion(workshop.service);
    const handler = await workshop.open(champion && (await loadModel(store, champion)), { database });
    return handler(method, items, { signal });
  };
}

/** The real handlers of all four services; `onCall` sees every call that is made. */
export function createTestModelServices(
  database: Database,
  onCall: (service: ServiceName, call: ObservedCall) => void = () => undefined,
): ModelServices {
  // A test that is slow on a busy machine must not meet a stand-in.
  const deadlineMs = 20_000;
  const common = (workshop: Workshop) => ({
    service: workshop.service,
    carry: carryOf(workshop, database),
    deadlineMs,
    onCall: (call: ObservedCall) => onCall(workshop.service, call),
  });
  return {
    recommendation: createServiceClient({
      ...common(recommendationWorkshop),
      methods: recommendationMethods,
      baselines: createBestSellerBaselines(database).baselines,
    }),
    segmentation: createServiceClient({
      ...common(segmentationWorkshop),
      methods: segmentationMethods,
      baselines: segmentationBaselines,
    }),
    forecasting: createServiceClient({
      ...common(forecastingWorkshop),
      methods: forecastingMethods,
      baselines: forecastingBaselines,
    }),
    learning: createServiceClient({
      ...common(learningWorkshop),
      methods: learningMethods,
      baselines: learningBaselines,
    }),
  };
}

/** Trains a model as its workshop does, and makes it the champion. */
export async function trainTestModel(
  workshop: Workshop,
  database: Database,
  settings?: unknown,
): Promise<Model> {
  if (workshop.train === undefined) throw new Error(`${workshop.service} trains nothing.`);
  const deps = settings === undefined ? { database } : { database, settings };
  const { description, bytes } = await workshop.train(deps, {
    seed: 1,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    champion: undefined,
  });
  const store = createModelStore(database);
  const { service } = workshop;
  const { version } = await store.register(service, description, Buffer.from(bytes), {
    promoteIfBetter: false,
  });
  return store.promote(service, version);
}
