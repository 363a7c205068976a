// How likely a customer answers each of many products, at the cost of the few columns that each of them sets.

import { FlywheelError } from '../../core/errors.js';
import type { Learner } from '../../math/online/learner.js';
import type { ScoreItem, Scores } from './contract.js';
import type { LearnerDeclaration } from './learners.js';
import type { ReadyLearner } from './ready-learner.js';

/** A learner that reads products that decisions show. */
export interface ScoringLearner {
  readonly learner: ReadyLearner;
  readonly featuresOf: NonNullable<LearnerDeclaration['shownFeaturesOf']>;
}

/** Throws BAD_INPUT for a learner that there is not, or that reads nothing of products that are shown. */
export function scoringLearner(learners: ReadonlyMap<string, ReadyLearner>, name: string): ScoringLearner {
  const learner = learners.get(name);
  const featuresOf = learner?.declaration.shownFeaturesOf;
  if (learner !== undefined && featuresOf !== undefined) return { learner, featuresOf };
  const able = [...learners.values()].filter(({ declaration }) => declaration.shownFeaturesOf !== undefined);
  const names = able.map(({ key }) => key.learner).join(', ');
  const what = learner === undefined ? `There is no learner ${name}` : `${name} scores no products`;
  throw new FlywheelError('BAD_INPUT', `${what}; these do: ${names || 'none'}.`);
}

export interface AskedScores {
  readonly item: ScoreItem;
  readonly scoring: ScoringLearner;
}

/** One for each that is asked, in their order; null where no numbers come out, since what the learner knows is damaged. */
export function scoresOf(
  asked: readonly AskedScores[],
  memoryOf: (learner: ReadyLearner) => Float64Array,
): readonly (Scores | null)[] {
  const learned = new Map<ReadyLearner, Learned>();
  return asked.map(({ item, scoring }) => {
    const { learner } = scoring;
    const known = learned.get(learner) ?? learnedOf(learner, memoryOf(learner));
    learned.set(learner, known);
    const { rule, examples } = known;
    const predictions = predictionsOf(item, scoring, rule);
    const isWell = Number.isSafeInteger(examples) && predictions.every(Number.isFinite);
    return isWell ? { predictions, examples } : null;
  });
}

interface Learned {
  readonly rule: Learner;
  readonly examples: number;
}

function learnedOf(learner: ReadyLearner, memory: Float64Array): Learned {
  const rule = learner.over(memory);
  return { rule, examples: rule.report().score.examples };
}

function predictionsOf(
  { customer: { customer, segment = null }, candidates }: ScoreItem,
  { learner, featuresOf }: ScoringLearner,
  rule: Learner,
): number[] {
  return candidates.map(({ product, category = null, recommended = null, ...acts }) => {
    const { lately = null, usually = null, seen = null } = acts;
    const facts = { customer, segment, product, category, recommended, lately, usually, seen, slot: 1 };
    return rule.predictSparse(learner.sparseOf(featuresOf(facts)));
  });
}
