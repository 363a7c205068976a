// The Python of the bench: an environment of its own with pinned packages, and a process that does the peers' work.
import { execFile, spawn } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cacheDir } from '../lib/options.mjs';

const run = promisify(execFile);
const requirementsFile = fileURLToPath(new URL('requirements.txt', import.meta.url));
const peerFile = fileURLToPath(new URL('peer.py', import.meta.url));

/** Every library that could take a second core is told not to. */
const oneThread = Object.fromEntries(
  ['OMP', 'OPENBLAS', 'MKL', 'NUMBA', 'NIXTLA'].map((library) => [`${library}_NUM_THREADS`, '1']),
);

/** @param {unknown} error what a program that failed said last */
function reasonOf(error) {
  const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
  const said = stderr.trim() === '' && error instanceof Error ? error.message : stderr;
  return said.trim().split('\n').at(-1) ?? '';
}

/**
 * The interpreter of the environment, which is made first where it is missing or has other packages. Throws with a
 * reason where there is no Python or the packages cannot be had.
 * @param {string} python the interpreter that makes the environment
 */
async function ensureEnvironment(python) {
  const folder = join(cacheDir, 'models-python');
  const interpreter = join(folder, 'bin', 'python');
  const stampFile = join(folder, 'flywheel-bench.txt');
  const requirements = await readFile(requirementsFile, 'utf8');
  if ((await readFile(stampFile, 'utf8').catch(() => '')) === requirements) return interpreter;
  console.log(`Installing the Python peers (${requirements.trim().split('\n').join(', ')}) …`);
  await rm(folder, { recursive: true, force: true });
  try {
    await run(python, ['-m', 'venv', folder]);
  } catch (error) {
    throw new Error(`${python} makes no environment: ${reasonOf(error)}`);
  }
  try {
    // A package that has to be compiled first would be another one than people use.
    const install = ['-m', 'pip', 'install', '--quiet', '--only-binary', ':all:', '-r', requirementsFile];
    await run(interpreter, install, { maxBuffer: 2 ** 26 });
  } catch (error) {
    throw new Error(`the Python packages cannot be had: ${reasonOf(error)}`);
  }
  await writeFile(stampFile, requirements);
  return interpreter;
}

/**
 * Starts the peer's process. Its calls must not overlap. Throws with a reason where there is no Python for it.
 * @param {string} python
 */
export async function startPeer(python) {
  const interpreter = await ensureEnvironment(python);
  // Without the variable that names one, the library of linear algebra chooses the kernels of this processor.
  const { OPENBLAS_CORETYPE: _, ...environment } = process.env;
  const child = spawn(interpreter, [peerFile], {
    env: { ...environment, ...oneThread },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  /** @param {object} message @returns {Promise<any>} */
  const ask = async (message) => {
    child.stdin.write(`${JSON.stringify(message)}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error('The Python process has ended; what it said stands above.');
    return JSON.parse(value);
  };
  return {
    /** @param {string} job of peer.py @param {object} [input] */
    prepare: (job, input = {}) => ask({ prepare: job, input }),
    /** Does the prepared job once. @returns {Promise<{ seconds: number, result: any }>} */
    run: () => ask({ run: true }),
    close: () => child.stdin.end(),
  };
}

/** @typedef {Awaited<ReturnType<typeof startPeer>>} Peer */
