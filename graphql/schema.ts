// The schema: every file of types, put together; nothing else calls toSchema.

import { readdir } from 'node:fs/promises';
import type { GraphQLSchema } from 'graphql';
import { builder } from './builder.js';
import './scalars.js';
import './node.js';

let schema: Promise<GraphQLSchema> | undefined;

async function build(): Promise<GraphQLSchema> {
  // The folder is the list of types: a type is added by adding its file.
  const folder = new URL('types/', import.meta.url);
  const files = (await readdir(folder)).filter((name) => /^[\w-]+\.[jt]s$/.test(name)).sort();
  for (const file of files) await import(new URL(file, folder).href);
  return builder.toSchema({ sortSchema: true });
}

/** The schema of the API, built once for the process. */
export function loadSchema(): Promise<GraphQLSchema> {
  schema ??= build();
  return schema;
}
