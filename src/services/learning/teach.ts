// Teaches learners what became of products that decisions showed, from the facts that were stored with the decisions.

import { parsedJson } from '../../core/parsed-json.js';
import { addBlocks } from '../../warehouse/examples.js';
import { firstFault } from '../host/schema-faults.js';
import type { Example } from './example.js';
import { blocksOf } from './example-block.js';
import type { LearnerDeclaration } from './learners.js';
import { readyLearner } from './ready-learner.js';
import { type ScoringLearner, scoringLearner } from './score.js';
import { type RefusedOutcome, type ShownOutcome, shownFactsSchema, type Teach } from './teacher-contract.js';

export function createTeacher(learners: readonly LearnerDeclaration[]): Teach {
  const byName = new Map(learners.map((declaration) => [declaration.name, readyLearner(declaration)]));
  return async (session, name, outcomes) => {
    const scoring = scoringLearner(byName, name);
    const examples: Example[] = [];
    const refused: RefusedOutcome[] = [];
    for (const [place, given] of outcomes.entries()) {
      const example = exampleOf(given, scoring);
      if (typeof example === 'string') refused.push({ place, reason: example });
      else examples.push(example);
    }
    await addBlocks(session, blocksOf(name, examples));
    return refused;
  };
}

/** A string says why it is none. */
function exampleOf(
  { facts, outcome }: ShownOutcome,
  { learner, featuresOf }: ScoringLearner,
): Example | string {
  const given: unknown = typeof facts === 'string' ? parsedJson(facts) : facts;
  const read = shownFactsSchema.safeParse(given);
  if (!read.success) return `what was known of it is wrong: ${firstFault(read.error)}.`;
  const example = { features: featuresOf(read.data), outcome };
  return learner.faultOf(example) ?? example;
}
