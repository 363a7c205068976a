// One partition as a member of a group reads it: what was fetched waits here, and goes to the handler slice by slice.

import { type Batch, type LogRecord, type PartitionId, StalePosition } from './event-log.js';
import { pauseBeforeRetry } from './kafka-pause.js';

/** What a lane tells its reader. */
export interface LaneDeps {
  readonly recordsMax: number;
  /** How much may wait here before fetching is to pause; it goes on at half of that, so that the handler never waits. */
  waitingBytesMax(): number;
  handle(batch: Batch, signal: AbortSignal): Promise<void>;
  /** The handler said that the position is not the stored one any more. */
  onStale(lane: KafkaLane): void;
  /** Less is waiting now; fetching may go on. */
  onDrained(lane: KafkaLane): void;
  onFault(error: unknown): void;
}

export interface KafkaLane {
  readonly topic: string;
  readonly partition: number;
  id(): PartitionId;
  /** Whether it takes what is fetched; otherwise it is to be told its position first, or is left unread. */
  isReading(): boolean;
  /** The place of the next record that is fetched. */
  fetchPosition(): bigint;
  isFull(): boolean;
  hasRoom(): boolean;
  /** From now on what is fetched is taken, from this place on. */
  begin(id: PartitionId, position: bigint): void;
  take(records: readonly LogRecord[], nextOffset: bigint, endOffset: bigint): void;
  /** Forgets what waits and takes nothing more; resolves when the batch at work, if any, has ended. */
  halt(): Promise<void>;
  /** The same, and tells the batch at work that the partition is somebody else's. */
  lose(): Promise<void>;
}

export function createKafkaLane(first: PartitionId, deps: LaneDeps): KafkaLane {
  const { recordsMax, handle, onStale, onDrained, onFault } = deps;
  const loss = new AbortController();
  let id = first;
  let waiting: LogRecord[] = [];
  let waitingBytes = 0;
  /** Where the next batch begins, where the next fetch begins, and where the partition ended when last seen. */
  let next = 0n;
  let fetchNext = 0n;
  let end = 0n;
  let isReading = false;
  let isWorking = false;
  /** Grows whenever what waits is forgotten, so that the batch at work knows that it is the last of its row. */
  let row = 0;
  let work: Promise<void> = Promise.resolve();
  let halting = new AbortController();

  function cut(): Batch {
    const records = waiting.splice(0, recordsMax);
    for (const record of records) waitingBytes -= sizeOf(record);
    const last = records.at(-1);
    const nextOffset = waiting.length === 0 || last === undefined ? fetchNext : last.offset + 1n;
    return { ...id, records, nextOffset, endOffset: end > nextOffset ? end : nextOffset };
  }

  async function run(): Promise<void> {
    const ownRow = row;
    const { signal } = halting;
    while (row === ownRow && next < fetchNext) {
      const batch = cut();
      const outcome = await deliver(batch, signal);
      if (row !== ownRow) return;
      if (outcome === 'stale') {
        isReading = false;
        forget();
        onStale(lane);
        return;
      }
      if (outcome === 'stopped') return;
      next = batch.nextOffset;
      onDrained(lane);
    }
  }

  /** Hands the batch over again and again until it is handled; a batch that is not begun again is nobody's loss. */
  async function deliver(batch: Batch, stop: AbortSignal): Promise<'handled' | 'stale' | 'stopped'> {
    for (let tries = 0; !stop.aborted; tries += 1) {
      try {
        await handle(batch, loss.signal);
        return 'handled';
      } catch (error) {
        if (loss.signal.aborted) return 'stopped';
        if (error instanceof StalePosition) return 'stale';
        onFault(error);
        await pauseBeforeRetry(tries, stop);
      }
    }
    return 'stopped';
  }

  function start(): void {
    if (isWorking) return;
    isWorking = true;
    work = run().finally(() => {
      isWorking = false;
      if (isReading && next < fetchNext) start();
    });
  }

  function forget(): void {
    row += 1;
    waiting = [];
    waitingBytes = 0;
    halting.abort();
    halting = new AbortController();
  }

  const lane: KafkaLane = {
    topic: first.topic,
    partition: first.partition,
    id: () => id,
    isReading: () => isReading,
    fetchPosition: () => fetchNext,
    isFull: () => waitingBytes > deps.waitingBytesMax(),
    hasRoom: () => waitingBytes <= deps.waitingBytesMax() / 2,
    begin(newId, position) {
      id = newId;
      next = position;
      fetchNext = position;
      end = position;
      isReading = !loss.signal.aborted;
    },
    take(records, nextOffset, endOffset) {
      if (!isReading) return;
      for (const record of records) {
        waiting.push(record);
        waitingBytes += sizeOf(record);
      }
      fetchNext = nextOffset;
      end = endOffset;
      start();
    },
    async halt() {
      isReading = false;
      forget();
      await work;
    },
    async lose() {
      loss.abort();
      await lane.halt();
    },
  };
  return lane;
}

/** About what a record takes in memory. */
function sizeOf({ key, value }: LogRecord): number {
  return 100 + (key?.length ?? 0) + (value?.length ?? 0);
}
