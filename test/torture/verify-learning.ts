// The learners after the torture: each event has taught once, and reading all again comes to the same bits.

import { learnAnew } from '../../src/services/learning/consume.js';
import { learners } from '../../src/services/learning/learners.js';
import { readyLearner } from '../../src/services/learning/ready-learner.js';
import type { Database } from '../../src/warehouse/database.js';
import { readBehind, readStates } from '../../src/warehouse/learner-states.js';
import type { Expected } from './plan.js';

const ready = learners.map(readyLearner);

/** How many examples wait to be learned. */
export async function countExamplesWaiting(database: Database): Promise<number> {
  const behind = await readBehind(
    database,
    ready.map(({ key }) => key),
  );
  return behind.reduce((sum, examples) => sum + examples, 0);
}

/** How many events of the plan teach each learner. */
function lessonsOf({ behaviours }: Expected): Readonly<Record<string, number>> {
  const types = [...behaviours.values()];
  const count = (...of: readonly string[]) => types.filter((type) => of.includes(type)).length;
  return {
    line: count('example'),
    click: count('view', 'click'),
    purchase: count('view', 'click', 'add_to_cart', 'purchase'),
  };
}

async function readBits(database: Database): Promise<ReadonlyMap<string, string>> {
  const states = await readStates(database);
  return new Map(states.map(({ learner, memory }) => [learner, Buffer.from(memory.buffer).toString('hex')]));
}

/** What is not as it must be, as sentences; nothing waits to be learned any more. */
export async function findLearningDisagreements(
  database: Database,
  expected: Expected,
): Promise<readonly string[]> {
  const found: string[] = [];
  const states = await readStates(database);
  for (const [name, lessons] of Object.entries(lessonsOf(expected))) {
    const learned = states.find(({ learner }) => learner === name)?.next ?? 0n;
    if (Number(learned) !== lessons)
      found.push(`${name} has learned ${learned} examples instead of ${lessons}.`);
  }
  const before = await readBits(database);
  for (const learner of ready) await learnAnew(database, learner);
  const after = await readBits(database);
  for (const [name, bits] of before) {
    if (bits !== after.get(name))
      found.push(`${name} knows something else when it reads all examples again.`);
  }
  return found;
}
