// `flywheel print-schema`: the schema of the API as text, which is kept in graphql/schema.graphql.

import type { Command } from 'commander';
import { printedSchema } from '../../graphql/printed-schema.js';
import { addPrintOptions, type PrintArguments, printFiles } from './printed-file.js';

const path = 'graphql/schema.graphql';

async function printSchema(args: PrintArguments): Promise<void> {
  await printFiles('print-schema', [{ path, text: await printedSchema(), source: 'the schema' }], args);
}

/** Adds the command `print-schema` to the program. */
export function registerPrintSchema(program: Command): void {
  addPrintOptions(program.command('print-schema'), path)
    .description('print the GraphQL schema')
    .action(printSchema);
}
