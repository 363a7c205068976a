// The documents of graphql/operations, which clients and GraphiQL share.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../src/core/project-root.js';

/** Every document with the name of its file (without ending), in the order of the names. */
export function readOperations(): { readonly name: string; readonly text: string }[] {
  const folder = join(projectRoot, 'graphql', 'operations');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.graphql'))
    .sort()
    .map((file) => ({
      name: file.slice(0, -'.graphql'.length),
      text: readFileSync(join(folder, file), 'utf8'),
    }));
}
