// `flywheel print-schema`: the schema of the API as text, which is kept in graphql/schema.graphql.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { printedSchema } from '../../graphql/printed-schema.js';
import { FlywheelError } from '../core/errors.js';
import { projectRoot } from '../core/project-root.js';

const schemaFile = join(projectRoot, 'graphql', 'schema.graphql');

interface PrintSchemaArguments {
  readonly check?: boolean;
  readonly write?: boolean;
}

async function printSchema({ check = false, write = false }: PrintSchemaArguments): Promise<void> {
  const text = await printedSchema();
  if (write) await writeFile(schemaFile, text);
  else if (!check) process.stdout.write(text);
  else if ((await readFile(schemaFile, 'utf8').catch(() => '')) === text) {
    console.log('graphql/schema.graphql agrees with the schema.');
  } else {
    throw new FlywheelError(
      'CONFLICT',
      'graphql/schema.graphql is not the schema as it is now; write it with: npm run flywheel -- print-schema --write',
    );
  }
}

/** Adds the command `print-schema` to the program. */
export function registerPrintSchema(program: Command): void {
  program
    .command('print-schema')
    .description('print the GraphQL schema')
    .option('--write', 'write it to graphql/schema.graphql instead')
    .option('--check', 'say whether graphql/schema.graphql agrees with it')
    .action(printSchema);
}
