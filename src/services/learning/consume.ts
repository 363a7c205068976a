// Learns the stored examples of a learner in their sequence; what it knows and its place move in one transaction.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { FlywheelError } from '../../core/errors.js';
import type { Learner } from '../../math/online/learner.js';
import type { Database } from '../../warehouse/database.js';
import { countExamples, firstUnbroken, readBlocks } from '../../warehouse/examples.js';
import { lockState, readBehind, restartState, saveState } from '../../warehouse/learner-states.js';
import { inTransaction } from '../../warehouse/transaction.js';
import type { Example } from './example.js';
import { examplesOf } from './example-block.js';
import { howToBeginAnew, type ReadyLearner } from './ready-learner.js';

/** The most examples of one transaction. */
const stepMax = 2_000;

export interface Learned {
  /** By how many examples its place moved; one that its version cannot read is passed over, whenever it is read. */
  readonly examples: number;
  /** The places of the examples at which the error was seen to have changed. */
  readonly drifts: readonly bigint[];
}

/**
 * Learns the next examples that are stored, each predicted before it is learned; nothing is learned twice or left out,
 * whenever the process ends and however many try at the same time. 0 examples: there are no more for now. It stands
 * before examples that are missing, and fails with CONFLICT when the next one is: it would learn others in their place.
 */
export async function learnNext(
  database: Pick<Database, 'pool' | 'kysely'>,
  learner: ReadyLearner,
  most = stepMax,
): Promise<Learned> {
  return inTransaction(database, async (session) => {
    const { next, memory } = await lockState(session, learner.key, learner.memoryLength);
    // Counted before the blocks are read, so that all that it counts can be seen then.
    const count = await countExamples(session, learner.key.learner);
    const blocks = await readBlocks(session, learner.key.learner, next, most);
    const rule = learner.over(memory);
    const end = next + BigInt(most);
    const drifts: bigint[] = [];
    let place = next;
    for (const { first, examples } of blocks) {
      // Whoever else works in this process gets a turn between blocks.
      await nextTurn();
      if (first > place) break;
      const own = examplesOf(examples, learner.reads).slice(Number(place - first), Number(end - first));
      for (const example of own) {
        if (isDriftAt(rule, learner, example)) drifts.push(place);
        place += 1n;
      }
    }
    if (place === next && next !== count) throw missing(learner, next, count);
    if (place > next) await saveState(session, learner.key, { next: place, memory }, drifts.at(-1));
    return { examples: Number(place - next), drifts };
  });
}

function missing({ key: { learner } }: ReadyLearner, next: bigint, count: bigint): FlywheelError {
  const what =
    count < next
      ? `has learned ${next} examples, and there have been only ${count}`
      : `cannot go on: its example ${next + 1n} of ${count} is not stored any more`;
  return new FlywheelError('CONFLICT', `The learner ${learner} ${what}; ${howToBeginAnew(learner)}.`);
}

/** Learns one example; whether the error was seen to have changed at it. */
function isDriftAt(rule: Learner, learner: ReadyLearner, { features, outcome }: Example): boolean {
  try {
    return learner.isSparse
      ? rule.learnSparse(learner.sparseOf(features), outcome).drift
      : rule.learn(learner.vectorOf(features), outcome).drift;
  } catch (error) {
    // Written for an earlier version: it would hold up all that come after it for ever.
    if (error instanceof FlywheelError && error.code === 'BAD_INPUT') return false;
    throw error;
  }
}

/**
 * Forgets what the learner knows and puts it before the first example that is stored, or where some are missing, behind
 * those; a pipeline goes on from there. How many examples it has before it.
 */
export async function beginAnew(
  database: Pick<Database, 'pool' | 'kysely'>,
  { key, memoryLength }: ReadyLearner,
): Promise<number> {
  return inTransaction(database, async (session) => {
    const next = await firstUnbroken(session, key.learner);
    await restartState(session, key, { next, length: memoryLength });
    return Number((await countExamples(session, key.learner)) - next);
  });
}

/** Forgets what the learner knows and learns all that is stored again from the first example. */
export async function learnAnew(
  database: Pick<Database, 'pool' | 'kysely'>,
  learner: ReadyLearner,
): Promise<void> {
  await beginAnew(database, learner);
  while ((await learnNext(database, learner)).examples > 0);
}

export interface ConsumeOptions {
  readonly signal: AbortSignal;
  /** Resolves when there may be new examples, or after a while, or at once when the signal has come. */
  readonly wait: () => Promise<void>;
  readonly onLearned?: (learner: ReadyLearner, learned: Learned) => void;
  /** Why a learner could not go on; it is tried again when the others have learned what there was. */
  readonly onFault: (learner: ReadyLearner, error: unknown) => void;
}

/**
 * Keeps learners at the end of their examples until the signal comes; each takes a step in turn, so that one with many
 * does not keep the others waiting, nor one that cannot go on. Rejects with what time may heal.
 */
export async function consumeExamples(
  database: Pick<Database, 'pool' | 'kysely'>,
  learners: readonly ReadyLearner[],
  { signal, wait, onLearned, onFault }: ConsumeOptions,
): Promise<void> {
  const halted = new Set<ReadyLearner>();
  while (!signal.aborted) {
    const waiting = await readBehind(
      database,
      learners.map(({ key }) => key),
    );
    const behind = learners.filter((learner, place) => waiting[place] !== 0 && !halted.has(learner));
    let moved = false;
    for (const learner of behind) {
      if (signal.aborted) return;
      try {
        const learned = await learnNext(database, learner);
        if (learned.examples === 0) continue;
        moved = true;
        onLearned?.(learner, learned);
      } catch (error) {
        // The database is away, for all of them.
        if (error instanceof FlywheelError && error.code === 'UNAVAILABLE') throw error;
        halted.add(learner);
        onFault(learner, error);
      }
    }
    if (moved) continue;
    halted.clear();
    await wait();
  }
}
