// A service as a gateway has it: trained in a thread, served from threads of this process or from behind HTTP.

import { serviceContracts, servicePlace } from '../../src/main/service-places.js';
import { createHttpCarry } from '../../src/services/host/http-carry.js';
import { startServiceServer } from '../../src/services/host/http-server.js';
import { createModelRegistry } from '../../src/services/host/registry.js';
import type { Model, ModelRegistry, ServiceName } from '../../src/services/host/registry-contract.js';
import type { Carry } from '../../src/services/host/service-contract.js';
import { createTraining } from '../../src/services/host/training.js';
import { createTrainingNews } from '../../src/services/host/training-news.js';
import { createWorkerCarry } from '../../src/services/host/worker-carry.js';
import { createListener } from '../../src/stream/postgres-listener.js';
import { createLeases } from '../../src/warehouse/leases.js';
import type { TestDatabase } from './postgres.js';
import { typescriptThreads } from './threads.js';

/** The ways that every service must be served in alike. */
export const servingWays = ['in threads', 'behind HTTP'] as const;

export type ServingWay = (typeof servingWays)[number];

export interface HostedService {
  readonly carry: Carry;
  readonly registry: ModelRegistry;
  train(seed: number): Promise<Model>;
  close(): Promise<void>;
}

export interface HostedServiceOptions {
  readonly service: ServiceName;
  readonly database: TestDatabase;
  readonly way: ServingWay;
}

/** Starts `src/services/SERVICE/worker.ts` over a test database. */
export async function hostService({ service, database, way }: HostedServiceOptions): Promise<HostedService> {
  const onFault = () => undefined;
  const listener = createListener({ url: database.url });
  const registry = createModelRegistry({ database, listener });
  const place = servicePlace(service, { databaseUrl: database.url, execArgv: typescriptThreads });
  const threads = createWorkerCarry({ ...place, service, registry, onFault });
  const training = createTraining({
    places: { [service]: place },
    leases: createLeases({ url: database.url, holder: 'test' }),
    news: createTrainingNews({ database, listener, onFault }),
    waitMs: 20_000,
    onFault,
  });
  const server =
    way === 'behind HTTP'
      ? await startServiceServer({
          ...serviceContracts[service],
          service,
          carry: threads.carry,
          port: 0,
          onFault,
        })
      : undefined;
  return {
    carry: server === undefined ? threads.carry : createHttpCarry({ service, url: server.url }),
    registry,
    train: (seed) => training.train(service, { seed }),
    async close() {
      await training.close();
      await server?.close();
      await threads.close();
      await listener.close();
    },
  };
}
