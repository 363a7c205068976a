// What resolvers reach, over a test database.

import { createContext, type GatewayContext, type GatewayServices } from '../../graphql/context.js';
import type { ModelServices } from '../../graphql/service-calls.js';
import { loadConfig } from '../../src/config.js';
import { systemClock } from '../../src/core/clock.js';
import { openScope } from '../../src/core/scope.js';
import { createCollector } from '../../src/events/collect.js';
import { createCampaigns } from '../../src/flywheel/campaigns/campaigns.js';
import { createWheelReports } from '../../src/flywheel/report/reports.js';
import { createSwitches } from '../../src/flywheel/switches.js';
import { createWebhooks } from '../../src/flywheel/webhooks/webhooks.js';
import { definitions } from '../../src/metrics/definitions.js';
import { createReports } from '../../src/metrics/reports.js';
import { createModelRegistry } from '../../src/services/host/registry.js';
import { createTrainings } from '../../src/services/host/trainings.js';
import { createAppender } from '../../src/stream/postgres-append.js';
import { createListener } from '../../src/stream/postgres-listener.js';
import { catalogue } from '../../src/warehouse/catalogue.js';
import type { Reader } from '../../src/warehouse/read/reader.js';
import { readProductSeries } from '../../src/warehouse/service-reads/product-series.js';
import { readProducts } from '../../src/warehouse/service-reads/products.js';
import { readStock } from '../../src/warehouse/wheel/stock.js';
import type { TestDatabase } from './postgres.js';

/** Where the collector appends; to be created by a test that hands over events. */
export const testTopics = { behaviour: 'user-behavior', measurement: 'data_stream' };

const neverStopped = () => undefined;

/** The services of a gateway with its usual limits. */
export function createTestServices(database: TestDatabase, reader: Reader): GatewayServices {
  const reports = createReports({ database, catalogue, definitions });
  const collector = createCollector({
    log: createAppender({ pool: database.pool, onFault: () => undefined }),
    topics: testTopics,
    timeZone: 'UTC',
    clock: systemClock,
  });
  const limits = { pageRows: 500, costRows: 100_000 };
  // It connects only for a test that watches, and is closed with the database.
  const listener = createListener({ url: database.url });
  const models = createModelRegistry({ database, listener });
  const trainings = createTrainings({ database, listener });
  return {
    prisma: database.prisma,
    reader,
    reports,
    wheelReports: createWheelReports({ database, attributionWindowMs: 86_400_000 }),
    readProducts: (codes, signal) => readProducts(database, codes, signal),
    readProductSeries: (query) => readProductSeries(database, query),
    readStock: (codes, signal) => readStock(database, codes, signal),
    reorderTerms: loadConfig({}).wheel.reorder,
    collector,
    limits,
    models,
    trainings,
    switches: createSwitches(database),
    campaigns: createCampaigns({
      database,
      inputTopics: [testTopics.behaviour],
      decisionsTopic: 'flywheel.decisions',
      wallMs: systemClock.nowMs,
    }),
    progress: { position: () => Promise.resolve('{}'), settled: () => Promise.resolve(true) },
    decider: { decide: () => Promise.reject(new Error('Nothing is decided here.')) },
    webhooks: createWebhooks({ database, isPrivateAllowed: false }),
  };
}

/** The context of one request of somebody who may do everything. */
export function createTestContext(services: GatewayServices, modelServices: ModelServices): GatewayContext {
  return createContext({ services, modelServices }, openScope, 'test', neverStopped);
}
