// Runs `prisma generate` when the schema, a generator or Prisma itself has changed.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from './run.mjs';
import { hashOfFiles, stampSays } from './stamp.mjs';

const stampFile = (root) => join(root, 'prisma', 'generated', '.flywheel-generated');
const inputHash = (root) =>
  hashOfFiles([
    join(root, 'prisma', 'schema.prisma'),
    join(root, 'prisma', 'catalogue-generator.mjs'),
    join(root, 'prisma.config.ts'),
    join(root, 'node_modules', 'prisma', 'package.json'),
    join(root, 'node_modules', '@pothos', 'plugin-prisma', 'package.json'),
  ]);

/** @param {string} root */
export function isGenerated(root) {
  return stampSays(stampFile(root), inputHash(root));
}

/** @param {string} root */
export async function generate(root) {
  const hash = inputHash(root);
  await runProgram(
    process.execPath,
    [join(root, 'node_modules', 'prisma', 'build', 'index.js'), 'generate'],
    {
      root,
      sentence: 'The code could not be generated from prisma/schema.prisma; Prisma says why above.',
      env: {
        // Prisma would download a program that generating never runs; any file that exists spares it the download.
        PRISMA_SCHEMA_ENGINE_BINARY: process.env.PRISMA_SCHEMA_ENGINE_BINARY ?? process.execPath,
        PRISMA_HIDE_UPDATE_MESSAGE: '1',
        CHECKPOINT_DISABLE: '1',
      },
    },
  );
  mkdirSync(join(root, 'prisma', 'generated'), { recursive: true });
  writeFileSync(stampFile(root), hash);
}
