// Examples of one learner as one text: a list of values for each feature, and the list of outcomes.

import type { FeatureValues } from '../../math/online/feature-vector.js';
import type { NewBlock } from '../../warehouse/examples.js';
import type { Example } from './example.js';

/** The most examples of one block: a learner parses whole blocks, however few examples it wants. */
const blockMax = 500;

type Value = number | string | boolean | null;

interface Columns {
  readonly outcomes: readonly number[];
  /** A value per example; null where it is missing. */
  readonly features: Readonly<Record<string, readonly Value[]>>;
}

/** The examples in their order; numbers come back to the last bit. */
export function blockOf(examples: readonly Example[]): string {
  const features = new Map<string, Value[]>();
  for (const [place, example] of examples.entries()) {
    for (const name in example.features) {
      let values = features.get(name);
      if (values === undefined) {
        values = new Array<Value>(examples.length).fill(null);
        features.set(name, values);
      }
      values[place] = example.features[name] ?? null;
    }
  }
  const columns: Columns = {
    outcomes: examples.map(({ outcome }) => outcome),
    features: Object.fromEntries(features),
  };
  return JSON.stringify(columns);
}

/** The examples of a learner in their order, in as many blocks as they need. */
export function blocksOf(learner: string, examples: readonly Example[]): readonly NewBlock[] {
  return Array.from({ length: Math.ceil(examples.length / blockMax) }, (_, place) => {
    const own = examples.slice(place * blockMax, (place + 1) * blockMax);
    return { learner, count: own.length, examples: blockOf(own) };
  });
}

/** What `blockOf` was given; names that `isRead` does not know are left out. */
export function examplesOf(block: string, isRead: (feature: string) => boolean): readonly Example[] {
  const { outcomes, features }: Columns = JSON.parse(block);
  const columns = Object.entries(features).filter(([name]) => isRead(name));
  return outcomes.map((outcome, place) => {
    const values: Record<string, FeatureValues[string]> = {};
    for (const [name, column] of columns) values[name] = column[place];
    return { features: values, outcome };
  });
}
