import { FlywheelError } from '../../../src/core/errors.js';
import { createHttpCarry } from '../../../src/services/host/http-carry.js';
import { type ServiceServer, startServiceServer } from '../../../src/services/host/http-server.js';
import { createModelRegistry } from '../../../src/services/host/registry.js';
import { createWorkerCarry, type WorkerCarry } from '../../../src/services/host/worker-carry.js';
import { createListener } from '../../../src/stream/postgres-listener.js';
import { describeServiceHost, type ServicePlace } from '../../contracts/service-host.js';
import { createTestDatabase } from '../../support/postgres.js';
import { typescriptThreads } from '../../support/threads.js';
import { multiplierMethods } from './multiplier.js';

/** The multiplier in threads of this process. */
async function openThreads(): Promise<ServicePlace> {
  const database = await createTestDatabase();
  const listener = createListener({ url: database.url });
  const registry = createModelRegistry({ database, listener });
  const start = () =>
    createWorkerCarry({
      service: 'learning',
      entry: new URL('multiplier-thread.ts', import.meta.url),
      databaseUrl: database.url,
      execArgv: typescriptThreads,
      registry,
      onFault: () => undefined,
    });
  let running: WorkerCarry | undefined = start();
  return {
    registry,
    async carry(method, items, options) {
      if (running === undefined) throw new FlywheelError('UNAVAILABLE', 'The threads were taken down.');
      return running.carry(method, items, options);
    },
    async takeDown() {
      await running?.close();
      running = undefined;
    },
    async bringBack() {
      running = start();
    },
    async close() {
      await running?.close();
      await listener.close();
      await database.close();
    },
  };
}

/** The same threads behind a server, as the service runs on another machine. */
async function openHttp(): Promise<ServicePlace> {
  const threads = await openThreads();
  const listen = (port: number) =>
    startServiceServer({
      service: 'learning',
      description: 'Multiplies.',
      methods: multiplierMethods,
      carry: threads.carry,
      port,
      onFault: () => undefined,
    });
  let server: ServiceServer = await listen(0);
  const port = Number(new URL(server.url).port);
  return {
    registry: threads.registry,
    carry: createHttpCarry({ service: 'learning', url: server.url }),
    takeDown: () => server.close(),
    async bringBack() {
      server = await listen(port);
    },
    async close() {
      await server.close();
      await threads.close();
    },
  };
}

describeServiceHost('in threads', openThreads);
describeServiceHost('behind HTTP', openHttp);
