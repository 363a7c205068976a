// Generations of the windows that Flink keeps: when they begin anew, and what Flink is to do for each of them.

import { createHash } from 'node:crypto';
import type { EventLog, PartitionRange } from '../stream/event-log.js';
import type { Database } from '../warehouse/database.js';
import { holdOffFactWriters } from '../warehouse/facts-turn.js';
import type { Session } from '../warehouse/session.js';
import { inTransaction } from '../warehouse/transaction.js';
import {
  beginGeneration,
  type GenerationRow,
  holdOffCloser,
  readGenerations,
  readStandstills,
} from './emit-flink-generations.js';
import { type FlinkWindowsPlace, flinkWindows, marginMs } from './emit-flink-windows.js';
import { readClocks } from './emit-live-lock.js';
import { forgetModel, readLayouts, takeTime } from './emit-restate.js';
import type { FlinkFact } from './flink-facts.js';

export interface GenerationsDeps {
  readonly database: Pick<Database, 'pool' | 'kysely'>;
  readonly log: Pick<EventLog, 'ends'>;
  readonly facts: readonly FlinkFact[];
  readonly topicOf: (fact: string) => string;
}

/**
 * Flink may have forgotten windows that are open when nobody has read the streams for so long: it counts time by the clock
 * on the wall. What comes then would begin them anew, and soon count more than before, though not all.
 */
export const standstillMs = marginMs - 3_600_000;

/** That of no installation: with it, statements differ only by what Flink is to work out. */
const anyPlace: FlinkWindowsPlace = {
  brokers: [],
  properties: {},
  factsTopic: '',
  windowsTopic: '',
  group: '',
  generation: 0,
  starts: [],
  graceMs: 0,
};

/**
 * How the states of a fact are laid out while Flink keeps them, what works them out there, since what that knows fits no
 * other statements, and the topic that they are counted from: in one that was made anew, nothing is where it was. The pipelines
 * take it for none of their layouts.
 */
function layoutOf(flink: FlinkFact, [range]: readonly PartitionRange[]): string {
  const plan = createHash('sha256').update(JSON.stringify(flinkWindows(flink, anyPlace)));
  return `flink ${plan.digest('hex').slice(0, 8)} ${range?.clusterId}/${range?.topicId} ${flink.fact.layout}`;
}

/**
 * Begins a generation of every fact whose windows Flink did not keep until now, keeps in another layout, that has gone
 * stale, or that stood still for longer than Flink remembers windows, and names those facts. Nobody adds facts meanwhile;
 * what they add later belongs to the new generation, and what is there now is its history, which somebody has to publish.
 * What was published of windows stays as it is until then.
 * `isFenced` is asked in the transaction, and rejects when it must not be done any more.
 */
export async function beginGenerations(
  { database, log, facts, topicOf }: GenerationsDeps,
  isFenced: (session: Session) => Promise<void> = async () => {},
): Promise<readonly string[]> {
  // Nobody is held off while the log is asked. What is appended from here on until the generation begins is of earlier ones, and
  // passed over.
  const known = new Map<FlinkFact, readonly PartitionRange[]>();
  for (const flink of facts) known.set(flink, await log.ends(topicOf(flink.fact.name)));
  const placesOf = (flink: FlinkFact) => known.get(flink) ?? [];
  return inTransaction(database, async (session) => {
    const wanting = async () => {
      const layouts = new Map((await session.rows(readLayouts())).map((row) => [row.model, row.layout]));
      const rows = new Map((await session.rows(readGenerations())).map((row) => [row.fact, row]));
      const still = await session.rows(
        readStandstills(
          facts.map(({ fact }) => fact),
          standstillMs,
        ),
      );
      const forgotten = new Set(still.map(({ fact }) => fact));
      return facts.filter((flink) => {
        const row = rows.get(flink.fact.name);
        const isUnfit = row === undefined || row.stale !== null || forgotten.has(flink.fact.name);
        return isUnfit || layouts.get(flink.fact.name) !== layoutOf(flink, placesOf(flink));
      });
    };
    await isFenced(session);
    // Most often there is nothing to do, and nobody need be held off.
    if ((await wanting()).length === 0) return [];
    await session.run(takeTime());
    await holdOffFactWriters(session);
    await session.run(holdOffCloser());
    const begun = await wanting();
    const [clocks] = await session.rows(readClocks());
    for (const flink of begun) {
      const { fact } = flink;
      await session.run(forgetModel(fact));
      await session.run(
        beginGeneration(fact, {
          starts: JSON.stringify(
            Object.fromEntries(placesOf(flink).map(({ partition, end }) => [partition, String(end)])),
          ),
          clockMs: Math.floor(clocks?.clocks?.[fact.clock] ?? clocks?.nowMs ?? Date.now()),
          layout: layoutOf(flink, placesOf(flink)),
        }),
      );
    }
    return begun.map(({ fact }) => fact.name);
  });
}

/** Where each partition of the facts' topic begins for a generation. */
export function startsOf({ starts }: Pick<GenerationRow, 'starts'>): { partition: number; offset: string }[] {
  const read: unknown = JSON.parse(starts);
  if (typeof read !== 'object' || read === null) throw new Error(`${starts} are no places to begin at.`);
  return Object.entries(read).map(([partition, offset]) => ({
    partition: Number(partition),
    offset: String(offset),
  }));
}
