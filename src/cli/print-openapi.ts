// `flywheel print-openapi`: what each service says and hears over HTTP, kept beside it as openapi.json.

import { Argument, type Command } from 'commander';
import { serviceContracts } from '../main/service-places.js';
import { openApiOf } from '../services/host/openapi.js';
import { type ServiceName, serviceNames } from '../services/host/registry-contract.js';
import { addPrintOptions, type PrintArguments, type PrintedFile, printFiles } from './printed-file.js';

function printedContract(service: ServiceName): PrintedFile {
  const document = openApiOf({ service, ...serviceContracts[service] });
  return {
    path: `src/services/${service}/openapi.json`,
    text: `${JSON.stringify(document, null, 2)}\n`,
    source: `the contract of ${service}`,
  };
}

async function printOpenApi(service: ServiceName | undefined, args: PrintArguments): Promise<void> {
  const services = service === undefined ? serviceNames : [service];
  await printFiles('print-openapi', services.map(printedContract), args);
}

/** Adds the command `print-openapi` to the program. */
export function registerPrintOpenApi(program: Command): void {
  addPrintOptions(program.command('print-openapi'), 'src/services/SERVICE/openapi.json')
    .description('print the OpenAPI documents that the model services speak by')
    .addArgument(new Argument('[service]', 'which one; all unless given').choices(serviceNames))
    .action(printOpenApi);
}
