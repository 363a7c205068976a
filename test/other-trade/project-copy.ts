// A copy of the project in a folder of its own, which a test may change as somebody who adopts it would.

import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { projectRoot } from '../../src/core/project-root.js';
import { type RunningProgram, runProgram } from '../support/program.js';

export interface ProjectCopy {
  readonly folder: string;
  /** The paths that are not as they are in the project: new, changed or gone. Sorted, with slashes. */
  changes(): Promise<string[]>;
  /** Starts a command of the launcher in the copy. */
  start(args: readonly string[], env?: Readonly<Record<string, string>>): RunningProgram;
  /** Runs a command to its end. */
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
  remove(): Promise<void>;
}

export interface Ended {
  readonly code: number | null;
  /** What it said on both streams. */
  readonly said: string;
}

const copied = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'prisma.config.ts',
  'src',
  'graphql',
  'prisma',
];

/** What commands make from the sources, and nobody keeps. */
const made = [join('prisma', 'generated'), 'dist', 'node_modules'];

/** Copies the sources of this working copy; the packages are shared with it. */
export async function copyProject(): Promise<ProjectCopy> {
  const folder = await mkdtemp(join(tmpdir(), 'flywheel-copy-'));
  for (const name of copied) {
    await cp(join(projectRoot, name), join(folder, name), {
      recursive: true,
      filter: (path) => !made.includes(relative(projectRoot, path)),
    });
  }
  await symlink(join(projectRoot, 'node_modules'), join(folder, 'node_modules'));
  const before = await hashesOf(folder);

  function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): RunningProgram {
    return runProgram('node', [join('src', 'cli', 'launch.mjs'), ...args], { cwd: folder, env });
  }

  return {
    folder,
    start,
    async run(args, env) {
      const program = start(args, env);
      const { code } = await program.ended;
      return { code, said: program.said() };
    },
    async changes() {
      const now = await hashesOf(folder);
      const paths = new Set([...before.keys(), ...now.keys()]);
      return [...paths].filter((path) => before.get(path) !== now.get(path)).sort();
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

async function hashesOf(root: string): Promise<ReadonlyMap<string, string>> {
  const hashes = new Map<string, string>();
  async function collect(folder: string): Promise<void> {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      const name = relative(root, path);
      if (made.includes(name)) continue;
      if (entry.isDirectory()) await collect(path);
      else hashes.set(name.replaceAll('\\', '/'), await hashOf(path));
    }
  }
  await collect(root);
  return hashes;
}

async function hashOf(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
