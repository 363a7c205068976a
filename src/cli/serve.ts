// `flywheel serve SERVICE`: one service alone behind HTTP, for gateways on other machines, until it is told to stop.

import { Argument, type Command, Option } from 'commander';
import { FlywheelError } from '../core/errors.js';
import { createLifecycle, type Lifecycle, unlessStopped } from '../core/lifecycle.js';
import { createLog } from '../core/log.js';
import { serviceContracts, servicePlace } from '../main/service-places.js';
import { readServiceSettings } from '../main/service-settings.js';
import { startServiceServer } from '../services/host/http-server.js';
import { createModelRegistry } from '../services/host/registry.js';
import { type ServiceName, serviceNames } from '../services/host/registry-contract.js';
import type { Carry } from '../services/host/service-contract.js';
import { withinDeadline } from '../services/host/within-deadline.js';
import { createWorkerCarry } from '../services/host/worker-carry.js';
import { createListener } from '../stream/postgres-listener.js';
import { onBug, onStopSignal } from './ending.js';
import { wholeNumber } from './options.js';
import { type WarehouseAtHand, withWarehouse } from './with-warehouse.js';

interface ServeArguments {
  readonly port: number;
  readonly host: string;
  readonly threads: number;
}

/** A model may be large, and the warehouse far. */
const loadingMsMax = 120_000;
const healthMsMax = 2_000;
/** Longer than the longest deadline that a caller may set. */
const stopTimeoutMs = 65_000;

async function serve(service: ServiceName, args: ServeArguments): Promise<void> {
  const interruption = new AbortController();
  const stopAsked = onStopSignal(() => interruption.abort());
  const serving = withWarehouse((at) => serveOn(at, service, args, interruption.signal));
  onBug(async () => {
    interruption.abort();
    await serving.catch(() => undefined);
  });
  try {
    await serving;
  } finally {
    stopAsked.forget();
  }
  console.error('Stopped.');
}

/** Resolves once `signal` is aborted and all has been stopped. */
async function serveOn(
  at: WarehouseAtHand,
  service: ServiceName,
  args: ServeArguments,
  signal: AbortSignal,
): Promise<void> {
  const log = createLog({ level: at.config.logLevel });
  const lifecycle = createLifecycle({
    onStopFault: (part, error) => log.error({ part, error }, 'a part did not stop as it should'),
  });
  const stopping = new Promise<void>((resolve) => {
    const stop = () => resolve(lifecycle.stop());
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    const onFault = (error: unknown) => log.warn({ service, error }, 'the service goes on after a fault');
    console.log(greeting(service, await startParts(lifecycle, at, service, args, onFault)));
    await stopping;
  } catch (error) {
    await lifecycle.stop();
    // Who interrupts a start gets what was asked for, which is no failure.
    if (!signal.aborted) throw error;
  }
}

/** Resolves to the address, once the service answers there. */
async function startParts(
  lifecycle: Lifecycle,
  { config, database, url, progress }: WarehouseAtHand,
  service: ServiceName,
  { host, port, threads }: ServeArguments,
  onFault: (error: unknown) => void,
): Promise<string> {
  const settings = await readServiceSettings(config.services.settingsFile);
  const listener = await lifecycle.start({
    name: 'notifications',
    start: () => createListener({ url, onFault }),
    stop: (opened) => opened.close(),
  });
  const { carry } = await lifecycle.start({
    name: 'threads',
    start: () => {
      const registry = createModelRegistry({ database, listener });
      const place = servicePlace(service, { databaseUrl: url, settings: settings[service] });
      return createWorkerCarry({ ...place, service, registry, threads, onFault });
    },
    stop: (running) => running.close(),
  });
  const check = () => askForNothing(service, carry, healthMsMax);
  const server = await lifecycle.start({
    name: 'server',
    start: () =>
      startServiceServer({ ...serviceContracts[service], service, carry, check, host, port, onFault }),
    stop: (listening) => listening.close(),
    stopTimeoutMs,
  });
  await lifecycle.start({
    name: 'model',
    start: (signal) =>
      progress.step('Loading the model', () =>
        unlessStopped(askForNothing(service, carry, loadingMsMax), signal),
      ),
  });
  return server.url;
}

/** Resolves when every method answers an empty batch, as it does once its model is there and so is what it reads. */
async function askForNothing(service: ServiceName, carry: Carry, deadlineMs: number): Promise<void> {
  const { methods } = serviceContracts[service];
  try {
    await Promise.all(
      Object.keys(methods).map((method) =>
        withinDeadline((signal) => carry(method, [], { signal, deadlineMs }), { service, deadlineMs }),
      ),
    );
  } catch (error) {
    throw new FlywheelError('UNAVAILABLE', `${service} does not answer; its log says why.`, { cause: error });
  }
}

function greeting(service: ServiceName, url: string): string {
  return `
The service ${service} answers at ${url}

Start a gateway that asks it:

  ${service.toUpperCase()}_URL=${url} npm start

${url}/openapi.json says what it can be asked, ${url}/healthz how it is. Ctrl-C stops it.`;
}

/** Adds the command `serve` to the program. */
export function registerServe(program: Command): void {
  program
    .command('serve')
    .description('serve one of the model services alone, for gateways on other machines')
    .addArgument(new Argument('<service>', 'which one').choices(serviceNames))
    .addOption(
      new Option('--port <number>', 'where it listens; 0 takes a free port')
        .argParser(wholeNumber(0, 65_535))
        .makeOptionMandatory(),
    )
    .option(
      '--host <address>',
      'the address of this machine that it listens at; it answers whoever reaches it there, so keep it within your own network',
      '127.0.0.1',
    )
    .addOption(
      new Option('--threads <number>', 'how many threads answer').argParser(wholeNumber(1, 256)).default(1),
    )
    .action(serve);
}
