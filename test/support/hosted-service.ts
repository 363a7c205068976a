// A service as a gateway has it: trained in a thread, served from threads of this process or from behind HTTP.

import { serviceContracts, servicePlace } from '../../src/main/service-places.js';
import { createHttpCarry } from '../../src/services/host/http-carry.js';
import { startServiceServer } from '../../src/services/host/http-server.js';
import { createModelRegistry } from '../../src/services/host/registry.js';
import type { Model, ModelRegistry, ServiceName } from '../../src/services/host/registry-contract.js';
import type { Carry } from '../../src/services/host/service-contract.js';
import { trainInThread } from '../../src/services/host/training-thread.js';
import { createWorkerCarry } from '../../src/services/host/worker-carry.js';
import { createListener } from '../../src/stream/postgres-listener.js';
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
  /** What the service is told. */
  readonly settings?: unknown;
}

/** Starts `src/services/SERVICE/worker.ts` over a test database. */
export async function hostService(options: HostedServiceOptions): Promise<HostedService> {
  const { service, database, way, settings } = options;
  const onFault = () => undefined;
  const closing = new AbortController();
  const listener = createListener({ url: database.url });
  const registry = createModelRegistry({ database, listener });
  const place = servicePlace(service, { databaseUrl: database.url, execArgv: typescriptThreads, settings });
  const threads = createWorkerCarry({ ...place, service, registry, onFault });
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
    train: (seed) =>
      trainInThread({
        service,
        place,
        seed,
        promoteIfBetter: true,
        signal: closing.signal,
        graceMs: 1_000,
        onProgress: () => undefined,
      }),
    async close() {
      closing.abort();
      await server?.close();
      await threads.close();
      await listener.close();
    },
  };
}
