// A declared learner made ready: its features as numbers, its rule over a memory.

import { FlywheelError } from '../../core/errors.js';
import {
  createFeatureVector,
  type FeatureValues,
  type FeatureVector,
  type SparseExample,
} from '../../math/online/feature-vector.js';
import { Learner, type LearnerParameters, learnerLength } from '../../math/online/learner.js';
import { sgdDefaults } from '../../math/online/sgd.js';
import type { LearnerKey } from '../../warehouse/learner-states.js';
import { parametersOf } from './beliefs.js';
import type { Example } from './example.js';
import type { LearnerDeclaration } from './learners.js';

/**
 * The largest number and the largest outcome of a learner that scales nothing. Its steps grow with the square of them: from
 * one example of this size it recovers within some hundred thousand others, and from much larger ones never, since the
 * sums of its weights have no digits left for theirs.
 */
const unscaledMax = 1e6;

/** What helps a learner that cannot go on. */
export function howToBeginAnew(learner: string): string {
  return `let it learn again what is stored, by npm run flywheel -- learn ${learner} --anew`;
}

export interface ReadyLearner {
  readonly declaration: LearnerDeclaration;
  readonly key: LearnerKey;
  readonly names: readonly string[];
  readonly columns: readonly string[];
  /** How many numbers its memory has. */
  readonly memoryLength: number;
  /** The learner over a memory, which changes as it learns. Throws BAD_INPUT for a memory of another length. */
  over(memory: Float64Array): Learner;
  /** Whether it has a feature of this name. */
  reads(feature: string): boolean;
  /** The example as numbers, one per column, good until the next call. Throws BAD_INPUT for what does not fit its feature. */
  vectorOf(features: FeatureValues): Float64Array;
  /** Whether the learner takes examples as `sparseOf` gives them: one that has beliefs. */
  readonly isSparse: boolean;
  /** The numbers of the example that are not 0. Throws BAD_INPUT as `vectorOf` does. */
  sparseOf(features: FeatureValues): SparseExample;
  /**
   * Why an example cannot be learned; undefined where it can. A learner that scales nothing learns neither numbers nor
   * outcomes beyond ±1e6.
   */
  faultOf(example: Example): string | undefined;
}

export function readyLearner(declaration: LearnerDeclaration): ReadyLearner {
  const { name, version, task, features, scaled, sgd = sgdDefaults, beliefs } = declaration;
  const vector: FeatureVector = createFeatureVector(features);
  const parameters: LearnerParameters = {
    task,
    features: vector.length,
    sgd,
    scaledColumns: scaled ? vector.numberColumns : [],
    ...(beliefs && { bayes: parametersOf(beliefs, vector) }),
  };
  const memoryLength = learnerLength(parameters);
  const names = features.map((feature) => feature.name);
  const known = new Set(names);
  const filled = new Float64Array(vector.length);
  const tooLarge = (what: string) =>
    `${what}, and ${name}, which scales nothing, learns numbers from -1,000,000 to 1,000,000.`;
  const vectorOf = (values: FeatureValues) => {
    vector.fill(values, filled);
    return filled;
  };
  return {
    declaration,
    key: { learner: name, version },
    names,
    columns: vector.columns,
    memoryLength,
    over: (memory) => {
      if (memory.length === memoryLength) return new Learner(parameters, memory);
      throw new FlywheelError(
        'BAD_INPUT',
        `What ${name} knows is ${memory.length} numbers, and as it is declared it has ${memoryLength}: raise its version, or ${howToBeginAnew(name)}.`,
      );
    },
    reads: (feature) => known.has(feature),
    vectorOf,
    isSparse: beliefs !== undefined,
    sparseOf: (values) => vector.sparse(values),
    faultOf({ features: values, outcome }) {
      if (task === 'classification' && outcome !== 0 && outcome !== 1)
        return `its outcome is ${outcome}, and ${name} learns 0 or 1.`;
      try {
        const { columns, numbers } = vector.sparse(values);
        if (scaled) return undefined;
        const large = numbers.findIndex((number) => Math.abs(number) > unscaledMax);
        if (large >= 0) return tooLarge(`its ${vector.columns[columns[large] ?? 0]} is ${numbers[large]}`);
        return Math.abs(outcome) > unscaledMax ? tooLarge(`its outcome is ${outcome}`) : undefined;
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    },
  };
}
