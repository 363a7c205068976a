// Hands new facts to Flink: as messages of the transaction that inserts them, so that Flink counts what is in the warehouse.

import { publish } from '../warehouse/outbox.js';
import type { Session } from '../warehouse/session.js';
import type { WriterRow } from './emit-live-lock.js';
import { factRecords } from './fact-records.js';
import type { FlinkFact } from './flink-facts.js';
import type { NewFacts } from './live-facts.js';

export interface FactPublisher {
  /** The facts whose windows Flink keeps, by their names. */
  readonly facts: ReadonlySet<string>;
  /** Publishes those of the facts that Flink counts, in the caller's transaction and with what it knows of clocks. */
  publish(
    session: Session,
    writer: string,
    given: readonly NewFacts[],
    row: WriterRow | undefined,
  ): Promise<void>;
}

export interface FactPublisherDeps {
  readonly facts: readonly FlinkFact[];
  /** The topic of each fact's rows. */
  readonly topicOf: (fact: string) => string;
  /**
   * How long after its window ended a fact still counts for it. It goes with the facts: what a job of before, with another
   * grace, would take for late is in the windows of nobody otherwise.
   */
  readonly graceMs: number;
}

/**
 * What is published goes by the outbox. Written into the log beside the transaction, a batch that is undone and comes
 * again otherwise (with other prices, or numbers of lines) would be counted both ways.
 */
export function createFactPublisher({ facts, topicOf, graceMs }: FactPublisherDeps): FactPublisher {
  return {
    facts: new Set(facts.map(({ fact }) => fact.name)),
    async publish(session, writer, given, row) {
      for (const flink of facts) {
        const { fact, part } = flink;
        const own = given.filter(({ model }) => model === part.model.name);
        if (own.some(({ gone }) => gone)) throw new Error(`Flink takes back no facts of ${fact.name}.`);
        const generation = row?.generations?.[fact.name];
        const rows = own.flatMap((facts) => facts.rows);
        if (rows.length === 0 || generation === undefined) continue;
        const clockMs = row?.clocks?.[fact.clock] ?? null;
        const closedMs = clockMs === null ? null : clockMs - graceMs;
        const records = factRecords(flink, { generation, source: writer, clockMs, closedMs }, rows);
        const topic = topicOf(fact.name);
        await publish(
          session,
          records.map((value) => ({ topic, key: null, value })),
        );
      }
    },
  };
}
