// Fetches packages with Python's pip into a folder, for the files in them that are no Python.

import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { FlywheelError } from '../../core/errors.js';

const run = promisify(execFile);

export interface PipFetch {
  /** Such as `Flink`. */
  readonly engine: string;
  /** Such as `pyspark==4.1.4`; nothing that they need comes with them. */
  readonly packages: readonly string[];
  /** Further options of `pip install`. */
  readonly options?: readonly string[];
  /** An empty folder. */
  readonly draft: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Resolves to a folder inside the draft that holds the packages; nothing is installed anywhere else, so it works as any
 * user and beside a Python that its system manages. Another Python by the variable PYTHON. Rejects with UNAVAILABLE.
 */
export async function fetchByPip(fetch: PipFetch): Promise<string> {
  const { engine, packages, options = [], draft, signal } = fetch;
  const python = process.env.PYTHON ?? 'python3';
  await run(python, ['-m', 'pip', '--version']).catch((error: unknown) => {
    throw new FlywheelError(
      'UNAVAILABLE',
      `Files of ${engine} are fetched with Python's pip, and ${python} -m pip does not run; install it (on Debian and Ubuntu: apt install python3-pip).`,
      { cause: error },
    );
  });
  const folder = join(draft, 'packages');
  // What is half done lies in the draft too, and goes with it.
  const scratch = join(draft, 'scratch');
  await mkdir(scratch);
  const args = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--no-compile', '--target', folder];
  const env = { ...process.env, TMPDIR: scratch, PIP_USER: '0', PIP_REQUIRE_VIRTUALENV: '0' };
  try {
    await run(python, [...args, ...options, ...packages], {
      env,
      maxBuffer: 16_777_216,
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (signal?.aborted) throw new FlywheelError('CANCELLED', `The start of ${engine} was interrupted.`);
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    throw new FlywheelError('UNAVAILABLE', `pip could not fetch files of ${engine}: ${said}`, {
      cause: error,
    });
  }
  return folder;
}
