// A Python with packages of its own, made once and used again by later runs.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { describe } from 'vitest';
import { projectRoot } from '../../src/core/project-root.js';

const run = promisify(execFile);

/** The Python that makes the environment; another one by the variable PYTHON. */
const python = process.env.PYTHON ?? 'python3';

const cacheFolder = join(projectRoot, 'node_modules', '.cache');

/**
 * Resolves to the interpreter of an environment with the packages of a requirements file. It is made beside its place
 * and moved there as one step, so that what an interrupted run leaves is never taken for all of it.
 */
async function pythonWith(requirementsFile: string): Promise<string> {
  const mark = createHash('sha256')
    .update(await readFile(requirementsFile))
    .update(python)
    .digest('hex');
  const place = join(cacheFolder, `flywheel-python-${mark.slice(0, 8)}`);
  const interpreter = join(place, 'bin', 'python');
  if (existsSync(interpreter)) return interpreter;
  await mkdir(cacheFolder, { recursive: true });
  const draft = await mkdtemp(join(cacheFolder, 'flywheel-python-'));
  try {
    await run(python, ['-m', 'venv', draft]);
    // A package that has to be compiled first would take minutes, and tools that may not be here.
    const install = ['-m', 'pip', 'install', '--quiet', '--only-binary', ':all:', '-r', requirementsFile];
    await run(join(draft, 'bin', 'python'), install, { maxBuffer: 2 ** 24 });
    await rename(draft, place).catch((error: unknown) => {
      if (!existsSync(interpreter)) throw error;
    });
    return interpreter;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/**
 * A suite that needs Python with the packages of a file; it is handed the interpreter. Where they cannot be had it is
 * skipped and the reason printed; with CI=true it fails instead.
 */
export async function describeWithPython(
  requirementsFile: string,
  title: string,
  suite: (interpreter: string) => void,
): Promise<void> {
  try {
    const interpreter = await pythonWith(requirementsFile);
    describe(title, () => suite(interpreter));
  } catch (error) {
    const said = error instanceof Error ? error.message.trim().split('\n').at(-1) : String(error);
    const reason = `${python} with the packages of ${relative(projectRoot, requirementsFile)} cannot be had: ${said}`;
    if (process.env.CI === 'true') throw new Error(reason, { cause: error });
    console.warn(`Skipped "${title}": ${reason}`);
    describe.skip(`${title} (Python is missing)`, () => suite(python));
  }
}
