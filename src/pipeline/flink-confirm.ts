// Finds out up to which watermark Flink has counted everything, so that windows are called final only then.

import { pause } from '../core/pause.js';
import {
  confirmClock,
  type GenerationRow,
  isWaiting,
  lastWaiting,
  markStale,
  openGeneration,
  readGenerations,
} from '../metrics/emit-flink-generations.js';
import { readClocks } from '../metrics/emit-live-lock.js';
import type { FlinkFact } from '../metrics/flink-facts.js';
import { startsOf } from '../metrics/flink-generations.js';
import type { EventLog } from '../stream/event-log.js';
import type { Database } from '../warehouse/database.js';
import type { Session } from '../warehouse/session.js';
import { inTransaction } from '../warehouse/transaction.js';
import type { FlinkReader } from './flink-reader.js';

export interface FlinkConfirmDeps {
  readonly log: Pick<EventLog, 'ends'>;
  readonly database: Pick<Database, 'pool' | 'kysely'>;
  readonly reader: FlinkReader;
  /** How far Flink has counted, as it commits it with each checkpoint. */
  readonly committed: (group: string, topic: string) => Promise<ReadonlyMap<number, bigint>>;
  /** Whether what is committed for a fact is so by the job that runs now. */
  readonly isSteady: (fact: string) => boolean;
  readonly groupOf: (generation: GenerationRow) => string;
  readonly topicOf: (fact: string) => string;
  readonly windowsTopic: string;
  readonly isFenced: (session: Session) => Promise<void>;
}

const lookMs = 250;
/** How often it is asked meanwhile whether the generation is still the one at work. */
const askMs = 2_000;

/**
 * Whether the log let go of facts before Flink had counted them. Flink itself goes on with what is left and says nothing,
 * so it is to be asked before a job that was away runs again.
 */
export async function hasLostFacts(
  { log, committed, groupOf, topicOf }: Pick<FlinkConfirmDeps, 'log' | 'committed' | 'groupOf' | 'topicOf'>,
  fact: string,
  generation: GenerationRow,
): Promise<boolean> {
  const topic = topicOf(fact);
  const starts = new Map(startsOf(generation).map(({ partition, offset }) => [partition, BigInt(offset)]));
  const done = await committed(groupOf(generation), topic);
  return (await log.ends(topic)).some(
    ({ partition, start }) => (done.get(partition) ?? starts.get(partition) ?? start) < start,
  );
}

/**
 * Waits until everything that the watermark of this moment rests on has gone all the way: from the outbox into the log,
 * into a checkpoint of Flink's, and from there into the warehouse; then says so. The first time, the windows of the generation
 * hold its whole history by that, and are published from then on. A window that counts less than it did, when Flink has
 * counted everything, lost its state: the generation is stale then. The history must be in the log by now. Resolves
 * without having said anything when the generation ends meanwhile.
 */
export async function confirmWatermark(
  deps: FlinkConfirmDeps,
  { fact }: FlinkFact,
  generation: GenerationRow,
  signal: AbortSignal,
): Promise<void> {
  const { log, database, reader, isFenced } = deps;
  const topic = deps.topicOf(fact.name);
  const inOne = <T>(work: (session: Session) => Promise<T>) => inTransaction(database, work);
  let passed = false;
  let isOver = false;
  const [before] = await log.ends(topic);
  let askedMs = performance.now();
  /** However long it takes: much to count, or checkpoints that are slow, are nothing to give up for. A new topic is. */
  const until = async (isSo: () => Promise<boolean>) => {
    while (!signal.aborted && !isOver && !passed && !(await isSo())) {
      await pause(lookMs, signal);
      if (signal.aborted || performance.now() - askedMs < askMs) continue;
      const rows = await inOne((session) => session.rows(readGenerations()));
      const now = rows.find((row) => row.fact === fact.name);
      const [range] = await log.ends(topic);
      isOver =
        now?.generation !== generation.generation || now.stale !== null || range?.topicId !== before?.topicId;
      passed = await hasLostFacts(deps, fact.name, generation);
      askedMs = performance.now();
    }
  };
  // The watermark first: whatever it rests on is committed, and waits in the outbox or is in the log.
  const { watermarkMs, waiting } = await inOne(async (session) => {
    const [row] = await session.rows(readClocks());
    const [last] = await session.rows(lastWaiting([topic]));
    return { watermarkMs: row?.clocks?.[fact.clock], waiting: last?.id ?? null };
  });
  if (waiting !== null) {
    await until(async () => {
      const [row] = await inOne((session) => session.rows(isWaiting([topic], waiting)));
      return row?.waits === false;
    });
  }
  const ends = await log.ends(topic);
  const starts = new Map(startsOf(generation).map(({ partition, offset }) => [partition, BigInt(offset)]));
  passed = await hasLostFacts(deps, fact.name, generation);
  await until(async () => deps.isSteady(fact.name));
  await until(async () => {
    const done = await deps.committed(deps.groupOf(generation), topic);
    return ends.every(
      ({ partition, start, end }) => (done.get(partition) ?? starts.get(partition) ?? start) >= end,
    );
  });
  const said = await log.ends(deps.windowsTopic);
  await until(async () => reader.hasRead(said));
  if (signal.aborted || isOver) return;
  const lost = passed
    ? 'The log let go of facts before Flink had counted them.'
    : reader.isBehind(fact.name, generation.generation)
      ? 'Flink has forgotten what it knew of some windows.'
      : null;
  await inOne(async (session) => {
    await isFenced(session);
    if (lost !== null) {
      await session.run(markStale([fact.name], lost, generation.generation));
      return;
    }
    if (!generation.ready) await session.run(openGeneration(fact, generation));
    if (watermarkMs !== undefined) {
      await session.run(confirmClock(generation.generation, watermarkMs));
    }
  });
}
