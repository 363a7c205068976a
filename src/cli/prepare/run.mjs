// Runs a program as one step of the preparation, and ends it when we are interrupted.

import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';

/** A step that failed, with the sentence for the person who started it. */
export class StepFailed extends Error {}

/** A step that a signal ended, ours or its own. */
export class Interrupted extends Error {
  constructor(signal) {
    super(`Interrupted by ${signal}`);
    this.signal = signal;
  }
}

const patienceMs = 1_000;

/**
 * Resolves when the program ends well. What it says is kept, and shown only when it fails; StepFailed then bears `sentence`.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {{ root: string, sentence: string, env?: Record<string, string>, shell?: boolean }} options
 * @returns {Promise<void>}
 */
export async function runProgram(program, args, { root, sentence, env = {}, shell = false }) {
  const path = `${join(root, 'node_modules', '.bin')}${delimiter}${process.env.PATH ?? ''}`;
  const child = spawn(program, args, {
    cwd: root,
    env: { ...process.env, ...env, PATH: path },
    stdio: ['ignore', 'pipe', 'pipe'],
    shell,
  });
  const said = [];
  child.stdout.on('data', (chunk) => said.push(chunk));
  child.stderr.on('data', (chunk) => said.push(chunk));

  let interruptedBy;
  // A terminal sends Ctrl-C to the program as well; a plain `kill` reaches us alone.
  const passOn = (signal) => {
    interruptedBy = signal;
    child.kill(signal);
    // npm first finishes what it is at, which may take long; the next start begins the step anew in any case.
    setTimeout(() => child.kill('SIGKILL'), patienceMs).unref();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, passOn);
  try {
    const { code, signal } = await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (exitCode, endedBy) => resolve({ code: exitCode, signal: endedBy }));
    });
    const endedBy = interruptedBy ?? signal;
    if (endedBy === 'SIGINT' || endedBy === 'SIGTERM' || endedBy === 'SIGHUP') throw new Interrupted(endedBy);
    if (code === 0) return;
  } finally {
    for (const signal of signals) process.off(signal, passOn);
  }
  process.stderr.write(Buffer.concat(said));
  throw new StepFailed(sentence);
}
