// The schema as text, as it is kept in graphql/schema.graphql.

import { printSchema } from 'graphql';
import { loadSchema } from './schema.js';

/** The whole schema in the schema language, the same for the same types. */
export async function printedSchema(): Promise<string> {
  return `${printSchema(await loadSchema())}\n`;
}
