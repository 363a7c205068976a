// A member of a group: takes its fair share of the partitions, reads them, and hands them on when members come and go.

import type pg from 'pg';
import { createBackoff, pause } from '../core/pause.js';
import type { ConsumeOptions, Consumer, PartitionId, PartitionRange } from './event-log.js';
import { fairShare, joinGroup, type Membership } from './postgres-membership.js';
import { readPage } from './postgres-page.js';
import { createPartitionReader, type PartitionReader } from './postgres-partition-reader.js';
import { identityOf, readRanges } from './postgres-topics.js';
import type { Watch } from './postgres-watch.js';

/** How often a member looks who else is there; this also says whether its session still lives. */
const balanceMs = 400;

export interface ConsumerDeps {
  readonly pool: pg.Pool;
  readonly url: string;
  readonly watch: Watch;
}

/**
 * Resolves when it has joined and owns what is free of its share; for that, and after every loss of its session, it
 * tries as long as it takes.
 */
export async function createConsumer(
  { pool, url, watch }: ConsumerDeps,
  options: ConsumeOptions,
): Promise<Consumer> {
  const { group, topics, batchRecordsMax } = options;
  const onFault = (error: unknown) => options.onFault?.(error);
  const closing = new AbortController();
  /** Of the partitions that this member owns. */
  const readers = new Map<string, PartitionReader>();
  /** Partitions that this member gives back or has lost, and whose batch is still at work. */
  const leaving = new Map<string, Promise<void>>();

  function isReading(identity: string): boolean {
    return !closing.signal.aborted && readers.has(identity) && !leaving.has(identity);
  }

  /** The positions of the partitions, asked until they can be read; undefined when none is wanted any more. */
  async function positionsOf(
    ranges: readonly PartitionRange[],
  ): Promise<readonly (bigint | null)[] | undefined> {
    const backoff = createBackoff();
    while (ranges.some((range) => isReading(identityOf(range)))) {
      try {
        return await options.position(ranges);
      } catch (error) {
        onFault(error);
        await backoff.wait(closing.signal);
      }
    }
    return undefined;
  }

  function startReader(range: PartitionRange, position: Promise<bigint | null | undefined>): void {
    const identity = identityOf(range);
    const reader = createPartitionReader({
      range,
      position,
      async askPosition(known) {
        const fresh = (await readRanges(pool, [known.topic])).find((other) => identityOf(other) === identity);
        if (fresh) reader.see(fresh);
        return (await positionsOf([fresh ?? known]))?.[0];
      },
      readPage: (from) => readPage(pool, range, from, batchRecordsMax),
      handle: (batch, signal) => options.handle(batch, signal),
      onFault,
    });
    readers.set(identity, reader);
  }

  function nothing(error: unknown): readonly PartitionRange[] {
    onFault(error);
    return [];
  }

  function leave(identity: string, ending: Promise<void>): void {
    leaving.set(
      identity,
      ending.then(() => {
        leaving.delete(identity);
      }),
    );
  }

  /** Stops reading, and gives the partition back when its batch is done. */
  async function giveBack(membership: Membership, identity: string): Promise<void> {
    const reader = readers.get(identity);
    await reader?.stop();
    // Lost meanwhile: there is nothing to give back.
    if (readers.get(identity) !== reader) return;
    readers.delete(identity);
    await membership.giveBack(identity).catch(onFault);
  }

  function loseAll(): void {
    for (const [identity, reader] of readers) leave(identity, reader.lose());
    readers.clear();
  }

  async function takeFree(
    membership: Membership,
    partitions: readonly PartitionRange[],
    most: number,
  ): Promise<void> {
    const taken = new Set<string>();
    for (const identity of partitions.map(identityOf)) {
      if (taken.size >= most) break;
      if (readers.has(identity) || leaving.has(identity)) continue;
      if (await membership.take(identity)) taken.add(identity);
    }
    if (taken.size === 0) return;
    // Read anew: the owner before may have read on until the moment of taking.
    const ranges = (await readRanges(pool, topics).catch(nothing)).filter((range) =>
      taken.has(identityOf(range)),
    );
    for (const range of ranges) taken.delete(identityOf(range));
    // Locks count how often they are taken, so none is left to a partition that is not read.
    for (const identity of taken) await membership.giveBack(identity);
    const asked = createGate<readonly (bigint | null)[] | undefined>();
    ranges.forEach((range, index) => {
      startReader(
        range,
        asked.opened.then((positions) => positions?.[index]),
      );
    });
    positionsOf(ranges).then(asked.open, onFault);
  }

  async function balance(membership: Membership): Promise<void> {
    const standing = await membership.standing();
    const partitions = await readRanges(pool, topics);
    const existing = new Set(partitions.map(identityOf));
    const owned = [...readers.keys()].filter((identity) => !leaving.has(identity));
    const gone = owned.filter((identity) => !existing.has(identity));
    const kept = owned.filter((identity) => existing.has(identity));
    const share = fairShare(partitions.length, standing);
    for (const identity of [...gone, ...kept.slice(share)]) leave(identity, giveBack(membership, identity));
    if (kept.length < share) await takeFree(membership, partitions, share - kept.length);
  }

  /** One session, until it is lost or the consumer is closed. */
  async function takePart(onJoined: () => void): Promise<void> {
    const lost = new AbortController();
    const membership = await joinGroup({
      url,
      group,
      topics,
      onLost(error) {
        loseAll();
        lost.abort();
        onFault(error);
      },
    });
    const over = AbortSignal.any([lost.signal, closing.signal]);
    const see = (ranges: readonly PartitionRange[]) => {
      for (const range of ranges) readers.get(identityOf(range))?.see(range);
    };
    const unwatch = watch.on(topics, see, onFault);
    try {
      while (!over.aborted) {
        await balance(membership).then(onJoined, onFault);
        await pause(balanceMs, over);
      }
      if (lost.signal.aborted) return;
      for (const [identity, reader] of readers) {
        if (!leaving.has(identity)) leave(identity, reader.stop());
      }
      await Promise.all(leaving.values());
    } finally {
      unwatch();
      readers.clear();
      await membership.close();
    }
  }

  async function run(onJoined: () => void): Promise<void> {
    const backoff = createBackoff();
    while (!closing.signal.aborted) {
      await takePart(() => {
        backoff.reset();
        onJoined();
      }).catch(onFault);
      await backoff.wait(closing.signal);
    }
    await Promise.all(leaving.values());
  }

  const joined = createGate<void>();
  const running = run(() => joined.open());
  await Promise.race([joined.opened, running]);
  return {
    owned: () => [...readers.values()].map((reader) => identityFields(reader.range())),
    async close() {
      closing.abort();
      await running;
    },
  };
}

function identityFields({ clusterId, topicId, topic, partition }: PartitionId): PartitionId {
  return { clusterId, topicId, topic, partition };
}

/** A promise with its end outside. */
function createGate<T>(): { readonly opened: Promise<T>; open(value: T): void } {
  let open: (value: T) => void = () => {};
  const opened = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
