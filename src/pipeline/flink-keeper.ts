// The duty of who has Flink keep windows: its generations begin, its jobs run, and what it says is read and confirmed.

import type { Lease } from '../core/lease.js';
import type { Log } from '../core/log.js';
import { createBackoff, pause } from '../core/pause.js';
import { type GenerationRow, markStale, readGenerations } from '../metrics/emit-flink-generations.js';
import type { FlinkStatements } from '../metrics/emit-flink-windows.js';
import type { FlinkFact } from '../metrics/flink-facts.js';
import { beginGenerations, standstillMs } from '../metrics/flink-generations.js';
import { createFlinkWindowReader } from '../metrics/flink-windows.js';
import type { EventLog } from '../stream/event-log.js';
import type { Database } from '../warehouse/database.js';
import { assertLease } from '../warehouse/lease-fence.js';
import type { Session } from '../warehouse/session.js';
import { inTransaction } from '../warehouse/transaction.js';
import { confirmWatermark, type FlinkConfirmDeps, hasLostFacts } from './flink-confirm.js';
import { publishHistory } from './flink-history.js';
import { openFlinkReader } from './flink-reader.js';

/** What Flink is to run for one fact. */
export interface WindowsJob extends FlinkStatements {
  readonly name: string;
  readonly generation: number;
}

/** How it fares there. */
export interface WindowsJobState {
  readonly name: string;
  readonly state: 'running' | 'starting' | 'waiting' | 'lost' | 'faulty';
  /** What is the matter and what to do; null while all is well. */
  readonly sentence: string | null;
  /** How many checkpoints it has completed since it was handed to Flink. */
  readonly checkpoints: number;
}

/** What brings the jobs nearer to what is wanted. */
export interface WindowsJobs {
  reconcile(jobs: readonly WindowsJob[], signal: AbortSignal): Promise<readonly WindowsJobState[]>;
  /** Sees how they are; whether there is something to do. */
  look(signal: AbortSignal): Promise<boolean>;
  states(): readonly WindowsJobState[];
}

export interface FlinkKeeperDeps {
  readonly log: EventLog;
  readonly database: Pick<Database, 'pool' | 'kysely'>;
  readonly facts: readonly FlinkFact[];
  readonly topicOf: (fact: string) => string;
  readonly windowsTopic: string;
  /** Under which it is kept how far Flink's windows have been read. */
  readonly group: string;
  readonly groupOf: FlinkConfirmDeps['groupOf'];
  readonly committed: FlinkConfirmDeps['committed'];
  readonly jobOf: (flink: FlinkFact, generation: GenerationRow) => WindowsJob;
  readonly jobs: WindowsJobs;
  /** When the job of a generation was last seen running; null for never. */
  readonly lastRanAt: (generation: GenerationRow) => Promise<Date | null>;
  /** Told how the windows of all facts are, again and again. */
  readonly onGenerations: (generations: readonly GenerationRow[]) => void;
  readonly logger: Log;
}

const reconcileMs = 60_000;
const lookMs = 2_000;
const confirmMs = 500;

/** Works until the signal comes; rejects with what may be tried again as a whole. */
export async function keepFlink(deps: FlinkKeeperDeps, lease: Lease, signal: AbortSignal): Promise<void> {
  const { database, log, logger } = deps;
  const over = new AbortController();
  const both = AbortSignal.any([signal, over.signal]);
  const isFenced = (session: Session) => assertLease(session, lease);
  const reader = await openFlinkReader({
    log,
    database,
    windows: createFlinkWindowReader(deps.facts),
    topic: deps.windowsTopic,
    group: deps.group,
    lease,
    logger,
  });
  /** Cut short whenever a generation begins, so that its job need not wait. */
  let tellBegun = () => {};

  async function generations(): Promise<readonly GenerationRow[]> {
    return inTransaction(database, (session) => session.rows(readGenerations()));
  }

  const isOurs = (row: GenerationRow) => deps.facts.some(({ fact }) => fact.name === row.fact);

  async function stale(rows: readonly GenerationRow[], sentence: string): Promise<void> {
    await inTransaction(database, async (session) => {
      await isFenced(session);
      for (const { fact, generation } of rows) await session.run(markStale([fact], sentence, generation));
    });
  }

  /** Whether a job of these generations lost what it knew; its generation is stale then, and none that has begun since. */
  async function markLost(
    rows: readonly GenerationRow[],
    states: readonly WindowsJobState[],
  ): Promise<boolean> {
    const lost = rows.filter(({ fact }) =>
      states.some(({ name, state }) => name === fact.toLowerCase() && state === 'lost'),
    );
    if (lost.length > 0) await stale(lost, 'What Flink knew of the windows is lost.');
    return lost.length > 0;
  }

  /** Those whose jobs were away for so long that what they knew of open windows is gone, though what is left can be taken up. */
  async function forgotten(rows: readonly GenerationRow[]): Promise<readonly GenerationRow[]> {
    const ages = rows.map(async (row) => ({ row, at: await deps.lastRanAt(row) }));
    return (await Promise.all(ages)).flatMap(({ row, at }) =>
      at !== null && Date.now() - at.getTime() > standstillMs ? [row] : [],
    );
  }

  async function keepJobs(): Promise<void> {
    while (!both.aborted) {
      const begun = new AbortController();
      tellBegun = () => begun.abort();
      const rows = await generations();
      const gone = await forgotten(rows.filter((row) => isOurs(row) && row.stale === null));
      if (gone.length > 0) {
        await stale(gone, 'Flink stood still for longer than it remembers windows.');
        continue;
      }
      const jobs = deps.facts.flatMap((flink) => {
        const row = rows.find(({ fact }) => fact === flink.fact.name);
        return row === undefined || row.stale !== null ? [] : [deps.jobOf(flink, row)];
      });
      const reconciledMs = performance.now();
      await markLost(rows, await deps.jobs.reconcile(jobs, both));
      const rest = AbortSignal.any([both, begun.signal]);
      while (!rest.aborted && performance.now() - reconciledMs < reconcileMs) {
        await pause(lookMs, rest);
        if (rest.aborted || (await deps.jobs.look(both))) break;
        if (await markLost(rows, deps.jobs.states())) break;
      }
    }
  }

  /** With the second checkpoint of a job, the places that it has committed are its own, and not those of one before it. */
  function isSteady(fact: string): boolean {
    const job = deps.jobs.states().find(({ name }) => name === fact.toLowerCase());
    return job !== undefined && job.checkpoints >= 2;
  }

  async function keepFact(flink: FlinkFact): Promise<void> {
    const { name } = flink.fact;
    const backoff = createBackoff(500, 5_000);
    while (!both.aborted) {
      try {
        const begun = await beginGenerations({ ...deps, facts: [flink] }, isFenced);
        if (begun.length > 0) {
          logger.info(
            { fact: name },
            'the windows are counted anew by Flink; live metrics of them wait for it',
          );
          tellBegun();
        }
        const rows = await generations();
        deps.onGenerations(rows);
        const row = rows.find(({ fact }) => fact === name);
        if (row === undefined) throw new Error(`${name} has no generation.`);
        await publishHistory(deps, flink, row, both);
        await confirmWatermark({ ...deps, reader, isFenced, isSteady }, flink, row, both);
        backoff.reset();
        await pause(confirmMs, both);
      } catch (error) {
        if (both.aborted) return;
        // A database or a Kafka that is away comes back; who has lost the lease is told by the signal.
        logger.warn({ error, fact: name }, 'what Flink has counted is confirmed later');
        await backoff.wait(both);
      }
    }
  }

  try {
    for (const row of await generations()) {
      if (isOurs(row) && row.stale === null && (await hasLostFacts(deps, row.fact, row))) {
        await stale([row], 'The log let go of facts before Flink had counted them.');
      }
    }
    const works = [keepJobs(), ...deps.facts.map(keepFact)].map((work) =>
      work.catch((error: unknown) => {
        over.abort();
        throw error;
      }),
    );
    const outcomes = await Promise.allSettled(works);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected' && !signal.aborted) throw outcome.reason;
  } finally {
    over.abort();
    await reader.close();
  }
}
