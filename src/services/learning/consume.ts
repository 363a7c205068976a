// Learns the stored examples of a learner in their sequence; what it knows and its place move in one transaction.

import type { FeatureValues } from '../../math/online/feature-vector.js';
import type { Database } from '../../warehouse/database.js';
import { readExamples } from '../../warehouse/examples.js';
import { forgetState, lockState, saveState } from '../../warehouse/learner-states.js';
import { inTransaction } from '../../warehouse/transaction.js';
import type { ReadyLearner } from './ready-learner.js';

/** The most examples of one transaction. */
const batchMax = 2_000;

export interface Learned {
  /** How many examples were learned. */
  readonly examples: number;
  /** The places of the examples at which the error was seen to have changed. */
  readonly drifts: readonly bigint[];
}

/**
 * Learns the next examples that are stored, each predicted before it is learned; nothing is learned twice or left out,
 * whenever the process ends and however many try at the same time. 0 examples: there are no more for now.
 */
export async function learnNext(
  database: Pick<Database, 'pool' | 'kysely'>,
  learner: ReadyLearner,
  most = batchMax,
): Promise<Learned> {
  return inTransaction(database, async (session) => {
    const { next, memory } = await lockState(session, learner.key, learner.memoryLength);
    const examples = await readExamples(session, learner.key.learner, next, most);
    const last = examples.at(-1);
    if (last === undefined) return { examples: 0, drifts: [] };
    const rule = learner.over(memory);
    const drifts: bigint[] = [];
    for (const { sequence, features, outcome } of examples) {
      const values: FeatureValues = JSON.parse(features);
      if (rule.learn(learner.vectorOf(values), outcome).drift) drifts.push(sequence);
    }
    await saveState(session, learner.key, { next: last.sequence + 1n, memory });
    return { examples: examples.length, drifts };
  });
}

/** Forgets what the learner knows and learns all that is stored again from the first example. */
export async function learnAnew(
  database: Pick<Database, 'pool' | 'kysely'>,
  learner: ReadyLearner,
): Promise<void> {
  await inTransaction(database, (session) => forgetState(session, learner.key));
  while ((await learnNext(database, learner)).examples > 0);
}

export interface ConsumeOptions {
  readonly signal: AbortSignal;
  /** Resolves when there may be new examples, or after a while, or at once when the signal has come. */
  readonly wait: () => Promise<void>;
  readonly onLearned?: (learner: ReadyLearner, learned: Learned) => void;
}

/** Keeps learners at the end of their examples until the signal comes. Rejects with what time may heal. */
export async function consumeExamples(
  database: Pick<Database, 'pool' | 'kysely'>,
  learners: readonly ReadyLearner[],
  { signal, wait, onLearned }: ConsumeOptions,
): Promise<void> {
  while (!signal.aborted) {
    let learned = 0;
    for (const learner of learners) {
      if (signal.aborted) return;
      const step = await learnNext(database, learner);
      if (step.examples > 0) onLearned?.(learner, step);
      learned += step.examples;
    }
    if (learned === 0) await wait();
  }
}
