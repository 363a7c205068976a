// The step of the pipeline that turns the facts of a batch into examples, in the transaction that writes the facts.

import { addBlocks } from '../../warehouse/examples.js';
import type { Session } from '../../warehouse/session.js';
import type { EventFact, SaleFact } from '../../warehouse/stream/facts.js';
import { type Example, type Fact, learnerNamed, statedExample, timeOf } from './example.js';
import { blocksOf } from './example-block.js';
import { createKnowledge, type Known } from './knowledge.js';
import type { LearnerDeclaration } from './learners.js';
import { type ReadyLearner, readyLearner } from './ready-learner.js';

/** Facts that were not in the warehouse before: each teaches once because it is new once. */
export interface BatchFacts {
  readonly events: readonly EventFact[];
  readonly sales: readonly SaleFact[];
}

/** An event that was meant to teach and cannot. */
export interface RefusedExample {
  readonly learner: string;
  readonly source: string;
  readonly eventId: string;
  readonly reason: string;
}

export interface WrittenExamples {
  /** How many there are. */
  readonly count: number;
  /** The events of the type `example` that no learner can learn from; they stay facts. */
  readonly refused: readonly RefusedExample[];
}

/** Adds what the facts teach; to be called last in the transaction, with which it may be undone. */
export type WriteExamples = (session: Session, facts: BatchFacts) => Promise<WrittenExamples>;

export function createExampleWriter(learners: readonly LearnerDeclaration[]): WriteExamples {
  const ready = learners.map(readyLearner);
  const knowledge = createKnowledge();
  return async (session, facts) => {
    const given = inOrder(facts);
    const refused: RefusedExample[] = [];
    const onRefused = (one: RefusedExample) => refused.push(one);
    refuseUnknown(given, ready, onRefused);
    const known = await knowledge.before(session, given);
    const blocks = ready.flatMap((learner) => {
      const examples: Example[] = [];
      for (const fact of given) {
        const example = exampleOf(learner, fact, known, onRefused);
        if (example !== undefined) examples.push(example);
      }
      return blocksOf(learner.key.learner, examples);
    });
    await addBlocks(session, blocks);
    return { count: blocks.reduce((sum, { count }) => sum + count, 0), refused };
  };
}

/** By the time at which things happened; at one moment events stand before sales, each in their order. */
function inOrder({ events, sales }: BatchFacts): readonly Fact[] {
  const all: Fact[] = [
    ...events.map((fact) => ({ table: 'fact_event' as const, fact })),
    ...sales.map((fact) => ({ table: 'fact_sales' as const, fact })),
  ];
  return all.sort((a, b) => timeOf(a) - timeOf(b));
}

function identityOf(given: Fact): { readonly source: string; readonly eventId: string } {
  const { source } = given.fact;
  // The line of an invoice has no id of an event; no event has such an id by chance.
  if (given.table === 'fact_sales')
    return { source, eventId: `sale ${given.fact.invoice} ${given.fact.line}` };
  return { source, eventId: given.fact.eventId };
}

function refuseUnknown(
  given: readonly Fact[],
  ready: readonly ReadyLearner[],
  onRefused: (refused: RefusedExample) => void,
): void {
  const known = new Set(ready.map(({ key }) => key.learner));
  for (const fact of given) {
    const learner = learnerNamed(fact);
    if (learner === undefined || known.has(learner)) continue;
    const reason = `there is no such learner; there are ${[...known].join(', ')}.`;
    onRefused({ ...identityOf(fact), learner, reason });
  }
}

function exampleOf(
  learner: ReadyLearner,
  given: Fact,
  known: (fact: Fact) => Known,
  onRefused: (refused: RefusedExample) => void,
): Example | undefined {
  const { declaration, names } = learner;
  const isStated = given.table === 'fact_event' && learnerNamed(given) === declaration.name;
  const example: Example | string | undefined = isStated
    ? statedExample(given.fact, names)
    : declaration.exampleOf(given, known);
  if (example === undefined) return undefined;
  const reason = typeof example === 'string' ? example : learner.faultOf(example);
  if (typeof example === 'string' || reason !== undefined) {
    onRefused({ ...identityOf(given), learner: declaration.name, reason: reason ?? '' });
    return undefined;
  }
  return example;
}
