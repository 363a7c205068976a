// `flywheel learn`: lets a learner that cannot go on forget what it knows and learn what is stored again.

import type { Command } from 'commander';
import { FlywheelError } from '../core/errors.js';
import { beginAnew } from '../services/learning/consume.js';
import { learners } from '../services/learning/learners.js';
import { readyLearner } from '../services/learning/ready-learner.js';
import { withWarehouse } from './with-warehouse.js';

async function learn(name: string): Promise<void> {
  const declaration = learners.find((learner) => learner.name === name);
  if (declaration === undefined) {
    const names = learners.map((learner) => learner.name).join(', ');
    throw new FlywheelError('BAD_INPUT', `There is no learner ${name}; there are ${names}.`);
  }
  const examples = await withWarehouse(({ database }) => beginAnew(database, readyLearner(declaration)));
  console.log(
    `${name} has forgotten what it knew; the pipeline learns the ${examples} examples that are stored again.`,
  );
}

/** Adds the command `learn` to the program. */
export function registerLearn(program: Command): void {
  program
    .command('learn')
    .description('let a learner learn again; while a pipeline runs, or as soon as one does')
    .argument('<learner>', learners.map(({ name }) => name).join(', '))
    .requiredOption('--anew', 'forget what it knows and begin with the first example that is stored')
    .action(learn);
}
