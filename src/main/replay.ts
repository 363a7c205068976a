// A replay: everything that a warehouse was made from, once more into an empty one, beside all that runs.

import { hostname } from 'node:os';
import type { Progress } from '../cli/progress.js';
import type { Config } from '../config.js';
import { FlywheelError } from '../core/errors.js';
import type { Lease } from '../core/lease.js';
import type { Log } from '../core/log.js';
import { pause } from '../core/pause.js';
import { decodeDecision } from '../events/decision.js';
import type { Decoder } from '../events/event.js';
import { noteTouches } from '../flywheel/settle/note-touches.js';
import { createSettler, type SettlerDeps } from '../flywheel/settle/settler.js';
import { definitions } from '../metrics/definitions.js';
import { createLiveWriter } from '../metrics/live-writer.js';
import { createRestater } from '../metrics/restate.js';
import type { BatchStep } from '../pipeline/batch-step.js';
import { createLook } from '../pipeline/closer.js';
import type { InputDecoder } from '../pipeline/read-batch.js';
import { createLogReplay } from '../pipeline/replay-log.js';
import { learnAnew } from '../services/learning/consume.js';
import { learners } from '../services/learning/learners.js';
import { readyLearner } from '../services/learning/ready-learner.js';
import { createTeacher } from '../services/learning/teach.js';
import { createExampleWriter } from '../services/learning/write-examples.js';
import { type EventLog, type PartitionRange, partitionKey } from '../stream/event-log.js';
import { continueTopics } from '../stream/postgres-topics.js';
import { catalogue } from '../warehouse/catalogue.js';
import type { Database } from '../warehouse/database.js';
import { readBehind } from '../warehouse/learner-states.js';
import { createLeases } from '../warehouse/leases.js';
import { loadFile } from '../warehouse/load/load-file.js';
import { readManifest } from '../warehouse/load/manifest.js';
import { carryExamples } from '../warehouse/replay/carry-examples.js';
import { findFilled, forgetOutbox } from '../warehouse/replay/empty-warehouse.js';
import { carryClocks, carryState } from '../warehouse/replay/own-state.js';
import { readPositions } from '../warehouse/stream/positions.js';
import { createFollower } from './follow-facts.js';
import { checkFiles, type ReplayFile } from './replay-files.js';
import { stockStep } from './stock.js';
import { responseKey } from './wheel.js';

export interface ReplayOptions {
  readonly config: Pick<Config, 'topics' | 'stream' | 'wheel' | 'kafka'>;
  /** The warehouse that was made from the log and the files. */
  readonly source: Database;
  readonly log: EventLog;
  /** The decoder of each topic that events come in by. */
  readonly decoders: ReadonlyMap<string, Decoder>;
  /** The empty warehouse, migrated, and its address for connections outside of the pool. */
  readonly into: Database;
  readonly intoUrl: string;
  /** Whether learners get the examples of the source in their sequence, or those that the facts make now. */
  readonly examples: 'source' | 'anew';
  /** Goes on where records or files are gone. */
  readonly isPartial: boolean;
  readonly progress: Progress;
  readonly logger: Log;
}

export interface Replayed {
  readonly records: bigint;
  readonly files: number;
  /** A sentence for each file, and each partition, of which something is gone. */
  readonly missing: readonly string[];
}

/**
 * Replays the log up to where it ends now and the files of the manifest, each at its place between the records. The source
 * is read and not changed. What is guaranteed when nothing is missing and the source has read the whole log:
 * - the same facts as a set: events, measurements, sales, decisions and stock levels. Where purchases name no price, the
 *   estimate may be another one, since it is the latest that was known when the purchase was read;
 * - the same outcomes: what became of each decision is a function of the facts, and the clocks end where the source's are;
 * - from the source's examples the same memories of the learners of this version, to the last bit, as long as all of
 *   their examples are stored. Made anew, examples are those that a single reader finds in its own order: the same facts
 *   may then teach in another order, and teach as if learning had been switched on all the time;
 * - the positions are those of the pipelines' group, so that pipelines go on behind what was replayed. A log in the
 *   database stays in the source: the other warehouse has its topics, which go on at the same places without old records;
 * - nobody is told again: no webhook is called and nothing is published.
 * Models, trials of models and trainings are not replayed: train anew. Settings of operators and what the system did by
 * itself are carried over.
 *
 * CONFLICT when `into` is not empty, when something is missing and the replay is not to be partial, or when the source
 * has not read all and its examples are wanted. After any other failure begin again with an empty warehouse.
 */
export async function replay(options: ReplayOptions): Promise<Replayed> {
  const { config, source, log, into, decoders, progress } = options;
  const filled = await findFilled(into);
  if (filled.length > 0)
    throw new FlywheelError(
      'CONFLICT',
      `The warehouse of --into is not empty (${filled.join(', ')}); a replay needs an empty database.`,
    );
  const ranges = await rangesOf(log, [...decoders.keys(), config.topics.decisions]);
  if (options.examples === 'source') await requireAllRead(source, config.stream.group, ranges);
  const { files, missing } = await progress.step('Looking for the files', async () =>
    checkFiles(await readManifest(source)),
  );
  const gone = [...missing, ...ranges.flatMap(sentenceOfGone)];
  if (gone.length > 0 && !options.isPartial) throw incomplete(gone);

  await createRestater({ catalogue, definitions }).settle(into);
  const records = await readAll(options, ranges, files);
  await progress.step('Carrying over clocks', () => carryClocks(source, into));
  await progress.step('Working out what became of decisions', (say) => settle(options, say));
  // Learning that is switched off by now was on when most of it was learned.
  await progress.step('Carrying over settings', () => carryState(source, into));
  await progress.step('Closing live windows', () => closeWindows(options));
  await forgetOutbox(into);
  await progress.step('Learning', async () => {
    if (options.examples === 'source') await carryExamples(source, into);
    const ready = learners.map(readyLearner);
    const waiting = await readBehind(
      into,
      ready.map(({ key }) => key),
    );
    for (const [place, learner] of ready.entries()) if (waiting[place]) await learnAnew(into, learner);
  });
  if (config.kafka === undefined) await continueTopics(into.pool, ranges);
  return { records, files: files.length, missing: gone };
}

/** The partitions of those topics that are there. */
async function rangesOf(log: EventLog, topics: readonly string[]): Promise<readonly PartitionRange[]> {
  const lists = await Promise.all(
    topics.map(async (topic) => {
      try {
        return await log.ends(topic);
      } catch (error) {
        if (error instanceof FlywheelError && error.code === 'NOT_FOUND') return [];
        throw error;
      }
    }),
  );
  return lists.flat();
}

async function requireAllRead(
  source: Database,
  group: string,
  ranges: readonly PartitionRange[],
): Promise<void> {
  const positions = await readPositions(source, group);
  const unread = ranges.filter(({ clusterId, topicId, partition, start, end }) => {
    const own = positions.find(
      (one) => one.clusterId === clusterId && one.topicId === topicId && one.partition === partition,
    );
    return (own?.nextOffset ?? start) < end;
  });
  if (unread.length === 0) return;
  const names = unread.map(({ topic, partition }) => partitionKey(topic, partition)).join(', ');
  throw new FlywheelError(
    'CONFLICT',
    `The old warehouse has not read all of ${names}, so that its examples end earlier than the log; let its pipeline read on and stop it, or say --examples anew.`,
  );
}

function sentenceOfGone({ topic, partition, start }: PartitionRange): readonly string[] {
  if (start === 0n) return [];
  return [`The log keeps the ${start} oldest records of ${partitionKey(topic, partition)} no longer.`];
}

function incomplete(gone: readonly string[]): FlywheelError {
  return new FlywheelError(
    'CONFLICT',
    `Not all can be replayed; bring it back, or say --partial to go on without it:\n${gone.join('\n')}`,
  );
}

/** Reads up to the position of each file before it is loaded, and to the ends after the last; how many records. */
async function readAll(
  { config, log, into, decoders, examples, logger, progress }: ReplayOptions,
  ranges: readonly PartitionRange[],
  files: readonly ReplayFile[],
): Promise<bigint> {
  const writeExamples = createExampleWriter(learners);
  const steps: readonly BatchStep[] = [
    async (session, facts) => {
      if (examples === 'anew') await writeExamples(session, facts);
      await noteTouches(session, facts);
      return undefined;
    },
    stockStep(logger),
  ];
  const total = ranges.reduce((sum, { start, end }) => sum + end - start, 0n);
  let sayRead: (records: bigint) => void = () => undefined;
  const reader = await createLogReplay({
    log,
    database: into,
    decoders: new Map<string, InputDecoder>([...decoders, [config.topics.decisions, decodeDecision]]),
    liveWriter: createLiveWriter({ catalogue, definitions, graceMs: config.stream.graceMs }),
    steps,
    group: config.stream.group,
    ranges,
    onRead: (records) => sayRead(records),
  });
  const readTo = (limits: ReadonlyMap<string, bigint>) =>
    progress.step('Reading the log', async (say) => {
      sayRead = (records) => say(`${records} of ${total} records`);
      await reader.readTo(limits);
    });
  const follower = createFollower();
  for (const { path, mapping, position } of files) {
    await readTo(position);
    await progress.step(`Loading ${path}`, (say) =>
      loadFile({
        database: into,
        file: path,
        mapping,
        follower,
        onProgress: ({ rows }) => say(`${rows} rows`),
      }),
    );
  }
  await readTo(
    new Map(ranges.map(({ topic, partition, end }) => [partitionKey(topic, partition), end] as const)),
  );
  return total;
}

/** Waited for other transactions of the server. */
const waitMs = 50;

async function settle(options: ReplayOptions, say: (detail: string) => void): Promise<void> {
  const { config, into, examples } = options;
  const teach = createTeacher(learners);
  const { learner } = responseKey();
  const teachLessons: SettlerDeps['teach'] = async (session, lessons) => {
    if (examples === 'source') return;
    const outcomes = lessons.map(({ features, outcome }) => ({ facts: features, outcome }));
    await teach(session, learner, outcomes);
  };
  const deps = {
    database: into,
    liveWriter: createLiveWriter({ catalogue, definitions, graceMs: config.stream.graceMs }),
    windowMs: config.wheel.attributionWindowMs,
    lessonsPerCustomerDay: config.wheel.lessonsPerCustomerDay,
    teach: teachLessons,
    onLeftOut: ({ decisionId }: { readonly decisionId: string | null }) =>
      say(`what became of ${decisionId ?? 'a decision'} takes the database too long and is left out`),
  };
  const settler = createSettler(deps);
  await underLease(options, 'settler', async (lease) => {
    let closed = 0;
    for (;;) {
      const step = await settler.step(lease);
      if (step.touches + step.closed === 0) {
        if (!step.waits) return;
        await pause(waitMs);
      }
      closed += step.closed;
      say(`${closed} places are closed`);
    }
  });
}

async function closeWindows(options: ReplayOptions): Promise<void> {
  const { config, into, decoders } = options;
  const look = createLook({
    database: into,
    catalogue,
    definitions,
    clocks: {
      group: config.stream.group,
      topics: [...decoders.keys()],
      latenessMs: config.stream.latenessMs,
      idleMs: config.stream.idleMs,
    },
    resultsTopic: config.topics.results,
  });
  await underLease(options, 'closer', async (lease) => {
    while ((await look.close(lease, 0)).more);
  });
}

/** Does a piece of work once under a lease of the new warehouse; rejects with what it or the lease fails with. */
async function underLease(
  { intoUrl }: ReplayOptions,
  name: string,
  work: (lease: Lease) => Promise<void>,
): Promise<void> {
  const closing = new AbortController();
  const failures: unknown[] = [];
  const fail = (error: unknown) => {
    failures.push(error);
    closing.abort();
  };
  const leases = createLeases({ url: intoUrl, holder: `${hostname()}/${process.pid}` });
  await leases.hold(
    name,
    async (lease) => {
      try {
        await work(lease);
        closing.abort();
      } catch (error) {
        fail(error);
      }
    },
    { signal: closing.signal, onFault: fail },
  );
  if (failures.length > 0) throw failures[0];
}
