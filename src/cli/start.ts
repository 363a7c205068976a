// `flywheel start`, which is what `npm start` runs: serves until it is told to stop.

import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Config, loadConfig } from '../config.js';
import { type Gateway, type ProcessRole, processRoles, startGateway } from '../main.js';
import { onBug, onStopSignal } from './ending.js';
import { createProgress } from './progress.js';

function rolesOf(text: string): readonly ProcessRole[] {
  const names = text.split(',').map((name) => name.trim());
  const roles = processRoles.filter((role) => names.includes(role));
  if (roles.length === names.length) return roles;
  throw new InvalidArgumentError(`It must be ${processRoles.join(' or ')}, or both with a comma between.`);
}

async function start({ role }: { readonly role: readonly ProcessRole[] }): Promise<void> {
  const config = loadConfig(process.env);
  const interruption = new AbortController();
  const stopAsked = onStopSignal(() => interruption.abort());
  const stopping = new Promise<void>((resolve) =>
    interruption.signal.addEventListener('abort', () => resolve(), { once: true }),
  );
  let gateway: Gateway;
  try {
    gateway = await startGateway({
      config,
      roles: role,
      progress: createProgress(),
      signal: interruption.signal,
    });
  } catch (error) {
    stopAsked.forget();
    // Who interrupts a start gets what was asked for, which is no failure.
    if (!interruption.signal.aborted) throw error;
    return;
  }
  if (!interruption.signal.aborted) console.log(greeting(gateway, config));
  onBug(() => gateway.stop());
  await stopping;
  await gateway.stop();
  stopAsked.forget();
  console.error('Stopped.');
}

function greeting({ url }: Gateway, { apiKeys, door }: Config): string {
  if (url === undefined) return 'The pipeline runs. Ctrl-C stops it.';
  const key = apiKeys.length > 0 ? ` -H 'authorization: Bearer YOUR-KEY'` : '';
  const query = '{ report(metrics: [REVENUE, ORDERS, CUSTOMERS]) { totals { metric value } } }';
  return `
Flywheel Gateway answers at ${url}/graphql

Open it in a browser to explore, or ask from another terminal:

  curl -s ${url}/graphql -H 'content-type: application/json'${key} \\
    -d '{"query": "${query}"}'

${door.port === 0 ? '' : `${url}/readyz says how it is. `}Ctrl-C stops it.`;
}

/** Adds the command `start` to the program. */
export function registerStart(program: Command): void {
  program
    .command('start')
    .description('serve the API, with the embedded database unless DATABASE_URL names another')
    .addOption(
      new Option(
        '--role <roles>',
        'what this process does: gateway (answers), pipeline (reads the events, keeps the live metrics)',
      )
        .argParser(rolesOf)
        .default(processRoles, 'gateway,pipeline'),
    )
    .action(start);
}
