// A member of a group: joins, reads its partitions from the positions it is told, and joins anew whenever that ended.

import {
  type ConsumeOptions,
  type Consumer,
  type PartitionId,
  type PartitionRange,
  partitionKey,
} from './event-log.js';
import type { KafkaContext } from './kafka-context.js';
import { createFaultReport } from './kafka-fault-report.js';
import { kafkaFault } from './kafka-faults.js';
import { createKafkaLane, type KafkaLane, type LaneDeps } from './kafka-lane.js';
import type { ClusterDescription } from './kafka-metadata.js';
import { kafkaMeasures } from './kafka-options.js';
import { pauseBeforeRetry } from './kafka-pause.js';
import { createPositions, type Positions } from './kafka-positions.js';
import { type Fetched, type KafkaSession, openKafkaSession } from './kafka-session.js';
import { patiently, topicMissing } from './kafka-view.js';

/** What a reader holds that is not handled yet, shared by its partitions. */
const readerBytesMax = 32_000_000;
const laneBytesMin = 1_000_000;
const watchEveryMs = 1_000;

/** Resolves when the member has joined; rejects with a FlywheelError for what time cannot heal until then. */
export async function openKafkaReader(context: KafkaContext, options: ConsumeOptions): Promise<Consumer> {
  const reader = new KafkaReader(context, options);
  await reader.start();
  return reader;
}

class KafkaReader implements Consumer {
  readonly #context: KafkaContext;
  readonly #options: ConsumeOptions;
  readonly #report: (error: unknown) => void;
  readonly #closing = new AbortController();
  readonly #lanes = new Map<string, KafkaLane>();
  /** Lanes that are ours no more, whose batch at work has not ended yet. */
  readonly #leaving = new Map<string, Promise<void>>();
  readonly #positions: Positions;
  readonly #staleTries = new Map<KafkaLane, number>();
  #cluster: ClusterDescription | undefined;
  #session: KafkaSession | undefined;
  #assignment: Readonly<Record<string, readonly number[]>> = {};
  #memberId = '';
  #aliveAtMs = 0;
  #isRejoining = false;
  #identityAtMs = 0;
  #watching: Promise<void> | undefined;
  #loop: Promise<void> = Promise.resolve();
  #joined = () => {};
  readonly #onLogClosed = () => void this.close();

  constructor(context: KafkaContext, options: ConsumeOptions) {
    this.#context = context;
    this.#options = options;
    this.#report = createFaultReport(options.onFault ?? context.report);
    this.#positions = createPositions({
      view: context.view,
      position: (partitions) => options.position(partitions),
      closing: this.#closing.signal,
      isOurs: (lane) => this.#isOurs(lane),
      isFree: async (lane) => this.#leaving.get(partitionKey(lane.topic, lane.partition)),
      onPosition: (lane, range, position) => this.#begin(lane, range, position),
      report: this.#report,
      faultOf: (error) => kafkaFault(error, context.options, true).error,
    });
  }

  async start(): Promise<void> {
    this.#context.signal.addEventListener('abort', this.#onLogClosed, { once: true });
    const cluster = await this.#describe();
    for (const topic of this.#options.topics) {
      if (!cluster.topics.has(topic)) throw topicMissing(topic);
    }
    await new Promise<void>((resolve, reject) => {
      this.#joined = resolve;
      this.#loop = this.#run(reject);
    });
  }

  owned(): readonly PartitionId[] {
    return [...this.#lanes.values()].map((lane) => lane.id());
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#context.signal.removeEventListener('abort', this.#onLogClosed);
    // The group is kept while the last batches are at work.
    await Promise.all([...this.#lanes.values()].map((lane) => lane.halt()));
    await this.#session?.close();
    await this.#loop;
    await Promise.all(this.#leaving.values());
    this.#lanes.clear();
  }

  get #isClosing(): boolean {
    return this.#closing.signal.aborted;
  }

  #describe(): Promise<ClusterDescription> {
    const { options, view } = this.#context;
    return patiently({ options, signal: this.#closing.signal, onFault: this.#report }, () =>
      view.describe(this.#options.topics),
    );
  }

  /** One session after another. `onRefused` is for what time cannot heal; it does nothing once we have joined. */
  async #run(onRefused: (error: unknown) => void): Promise<void> {
    const watch = setInterval(() => this.#watch(), watchEveryMs);
    for (let tries = 0; !this.#isClosing; tries += 1) {
      try {
        const reason = await this.#runSession(() => {
          tries = 0;
        });
        if (reason !== undefined) throw reason;
      } catch (error) {
        if (this.#isClosing) break;
        const fault = kafkaFault(error, this.#context.options);
        if (!fault.mayHeal) onRefused(fault.error);
        this.#report(fault.error);
      }
      this.#loseAll();
      await pauseBeforeRetry(tries, this.#closing.signal);
    }
    onRefused(this.#context.closed());
    clearInterval(watch);
    await this.#watching;
    this.#loseAll();
  }

  async #runSession(onJoined: () => void): Promise<unknown> {
    this.#cluster = await this.#describe();
    const topics = this.#options.topics.filter((topic) => this.#cluster?.topics.has(topic));
    for (const topic of this.#options.topics) {
      if (!topics.includes(topic)) this.#report(topicMissing(topic));
    }
    if (topics.length === 0 || this.#isClosing) return undefined;
    const session = openKafkaSession({
      context: this.#context,
      group: this.#options.group,
      topics,
      onJoin: (assignment, memberId) => {
        onJoined();
        if (this.#session === session) this.#onJoin(assignment, memberId);
      },
      onAlive: () => this.#onAlive(),
      onRejoining: () => {
        this.#isRejoining = true;
      },
      onFetched: (fetched) => this.#session === session && this.#onFetched(fetched),
      onFault: this.#report,
    });
    this.#session = session;
    this.#memberId = '';
    this.#identityAtMs = performance.now();
    const reason = await session.ended;
    await session.close();
    return reason;
  }

  #onJoin(assignment: Readonly<Record<string, readonly number[]>>, memberId: string): void {
    this.#aliveAtMs = performance.now();
    this.#isRejoining = false;
    // Whoever was out of the group has lost what it had, though it may be given the same again.
    const wasMember = memberId === this.#memberId;
    this.#memberId = memberId;
    this.#assignment = assignment;
    const ours = new Set(
      Object.entries(assignment).flatMap(([topic, partitions]) =>
        partitions.map((partition) => partitionKey(topic, partition)),
      ),
    );
    for (const [key, lane] of this.#lanes) {
      if (!wasMember || !ours.has(key)) this.#lose(key, lane);
    }
    if (this.#isClosing) return;
    for (const [topic, partitions] of Object.entries(assignment)) {
      for (const partition of partitions) this.#adopt(topic, partition);
    }
    this.#joined();
    void this.#positions.settle([...this.#lanes.values()]);
  }

  #adopt(topic: string, partition: number): void {
    const key = partitionKey(topic, partition);
    if (this.#lanes.has(key)) return;
    const clusterId = this.#cluster?.clusterId ?? '';
    const topicId = this.#cluster?.topics.get(topic)?.topicId ?? '';
    const deps: LaneDeps = {
      recordsMax: this.#options.batchRecordsMax,
      waitingBytesMax: () => Math.max(laneBytesMin, readerBytesMax / this.#lanes.size),
      handle: (batch, signal) => this.#options.handle(batch, signal),
      onStale: (lane) => void this.#onStale(lane),
      onDrained: (lane) => this.#onDrained(lane),
      onFault: this.#report,
    };
    this.#lanes.set(key, createKafkaLane({ clusterId, topicId, topic, partition }, deps));
  }

  #lose(key: string, lane: KafkaLane): void {
    this.#lanes.delete(key);
    this.#positions.forget(lane);
    this.#staleTries.delete(lane);
    const before = this.#leaving.get(key);
    const left = Promise.all([before, lane.lose()]).then(() => {
      if (this.#leaving.get(key) === left) this.#leaving.delete(key);
    });
    this.#leaving.set(key, left);
  }

  #loseAll(): void {
    for (const [key, lane] of this.#lanes) this.#lose(key, lane);
  }

  #isOurs(lane: KafkaLane): boolean {
    return this.#lanes.get(partitionKey(lane.topic, lane.partition)) === lane;
  }

  #begin(lane: KafkaLane, range: PartitionRange, position: bigint): void {
    const { clusterId, topicId, topic, partition } = range;
    lane.begin({ clusterId, topicId, topic, partition }, position);
    this.#session?.seek(topic, partition, position);
    this.#session?.resume(topic, partition);
  }

  #askAgain(lane: KafkaLane): void {
    this.#session?.pause(lane.topic, lane.partition);
    void this.#positions.settle([lane]);
  }

  async #onStale(lane: KafkaLane): Promise<void> {
    const tries = this.#staleTries.get(lane) ?? 0;
    this.#staleTries.set(lane, tries + 1);
    this.#session?.pause(lane.topic, lane.partition);
    if (tries > 0) await pauseBeforeRetry(tries - 1, this.#closing.signal);
    if (this.#isOurs(lane)) this.#askAgain(lane);
  }

  #onDrained(lane: KafkaLane): void {
    this.#staleTries.delete(lane);
    if (lane.isReading() && lane.hasRoom() && this.#isOurs(lane)) {
      this.#session?.resume(lane.topic, lane.partition);
    }
  }

  #onFetched(fetched: Fetched): boolean {
    const { topic, partition, records, firstOffset, nextOffset, endOffset } = fetched;
    const lane = this.#lanes.get(partitionKey(topic, partition));
    if (lane?.isReading() !== true) return false;
    const expected = lane.fetchPosition();
    // kafkajs goes to the start when the place that it asked for is not in the log.
    if (firstOffset < expected) this.#askAgain(lane);
    else if (firstOffset > expected) void this.#explainGap(lane, fetched);
    if (firstOffset !== expected) return false;
    lane.take(records, nextOffset, endOffset);
    if (lane.isFull()) this.#session?.pause(topic, partition);
    return true;
  }

  /** Takes what was fetched if the gap before it is what compaction left; if the log was cut there, asks again. */
  async #explainGap(lane: KafkaLane, fetched: Fetched): Promise<void> {
    const { topic, partition, records, nextOffset, endOffset } = fetched;
    const expected = lane.fetchPosition();
    const session = this.#session;
    session?.pause(topic, partition);
    const isStill = () =>
      session === this.#session &&
      this.#isOurs(lane) &&
      lane.isReading() &&
      lane.fetchPosition() === expected;
    try {
      const ranges = await this.#context.view.ranges([topic]);
      if (!isStill()) return;
      const range = ranges.find((candidate) => candidate.partition === partition);
      // The place is in the log still, after the fetch, so it was at the fetch.
      if (range?.topicId === lane.id().topicId && range.start <= expected) {
        lane.take(records, nextOffset, endOffset);
        session?.seek(topic, partition, nextOffset);
        session?.resume(topic, partition);
        return;
      }
    } catch (error) {
      this.#report(kafkaFault(error, this.#context.options, true).error);
    }
    if (isStill()) this.#askAgain(lane);
  }

  #onAlive(): void {
    this.#aliveAtMs = performance.now();
    // The brokers forgave a silence in which we had given up everything.
    if (this.#lanes.size === 0 && Object.values(this.#assignment).some(({ length }) => length > 0)) {
      this.#onJoin(this.#assignment, this.#memberId);
    }
  }

  /** Gives everything up when the group must have given up on us, and looks whether topics are still the same. */
  #watch(): void {
    const nowMs = performance.now();
    const { rebalanceTimeoutMs, sessionTimeoutMs, identityEveryMs } = kafkaMeasures;
    const silenceMsMax = this.#isRejoining ? rebalanceTimeoutMs : sessionTimeoutMs;
    if (this.#lanes.size > 0 && !this.#isClosing && nowMs - this.#aliveAtMs > silenceMsMax) this.#loseAll();
    if (this.#watching !== undefined || nowMs - this.#identityAtMs < identityEveryMs) return;
    this.#watching = this.#compareIdentities().finally(() => {
      this.#watching = undefined;
      this.#identityAtMs = performance.now();
    });
  }

  async #compareIdentities(): Promise<void> {
    const session = this.#session;
    try {
      const cluster = await this.#context.view.describe(this.#options.topics);
      if (session === undefined || session !== this.#session || this.#isClosing) return;
      this.#cluster = cluster;
      const present = this.#options.topics.filter((topic) => cluster.topics.has(topic));
      if (present.join() !== session.topics.join()) {
        // A consumer that misses one of its topics reads none of them.
        await session.close();
        return;
      }
      for (const lane of this.#lanes.values()) {
        const { topicId } = lane.id();
        if (cluster.topics.get(lane.topic)?.topicId !== topicId) this.#askAgain(lane);
      }
    } catch (error) {
      this.#report(kafkaFault(error, this.#context.options, true).error);
    }
  }
}
