// Brings the clone up to date with its sources: packages, generated code, built program. Does only what is missing.

import { constants } from 'node:os';
import { build, isBuilt } from './build.mjs';
import { generate, isGenerated } from './generate.mjs';
import { install, isInstalled } from './install.mjs';
import { withLock } from './lock.mjs';
import { Interrupted, StepFailed } from './run.mjs';

const steps = [
  { title: 'Installing packages', isDone: isInstalled, run: install },
  { title: 'Generating code from prisma/schema.prisma', isDone: isGenerated, run: generate },
  { title: 'Building the program', isDone: isBuilt, run: build },
];

/**
 * Resolves to true when everything is in place. Prints a line for each step that has work to do, and one sentence when
 * one fails. Ends the process when it is interrupted.
 *
 * @param {string} root the folder of the project
 * @returns {Promise<boolean>}
 */
export async function prepare(root) {
  try {
    if (steps.every((step) => step.isDone(root))) return true;
    await withLock(root, async () => {
      for (const step of steps) {
        // Asked again: another start may have done it while this one waited for the lock.
        if (!step.isDone(root)) await runStep(step, root);
      }
    });
    return true;
  } catch (error) {
    if (error instanceof Interrupted) process.exit(128 + constants.signals[error.signal]);
    console.error(error instanceof StepFailed ? error.message : sentenceFor(error, root));
    return false;
  }
}

async function runStep(step, root) {
  const startedMs = Date.now();
  console.error(`${step.title} ...`);
  const waiting = setInterval(() => {
    console.error(`${step.title} ... ${Math.round((Date.now() - startedMs) / 1000)} s`);
  }, 15_000);
  try {
    await step.run(root);
  } finally {
    clearInterval(waiting);
  }
  console.error(`${step.title}: done in ${((Date.now() - startedMs) / 1000).toFixed(1)} s`);
}

function sentenceFor(error, root) {
  if (['EACCES', 'EPERM', 'EROFS'].includes(error?.code)) {
    return `The folder ${root} cannot be written to (${error.path}); allow it, or move the project to a folder that can.`;
  }
  if (error?.code === 'ENOSPC') return `The disk of ${root} is full; make room and start again.`;
  throw error;
}
