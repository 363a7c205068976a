// The feed of live metrics: follows the results topic once for the whole process, and hands it to all who follow.

import { FlywheelError } from '../core/errors.js';
import { pause } from '../core/pause.js';
import { type Batch, type EventLog, partitionKey, type Tail } from '../stream/event-log.js';
import type { Database } from '../warehouse/database.js';
import type { Definitions } from './definition.js';
import { pendingStatement, windowsStatement } from './emit-live-windows.js';
import type { LiveFeed, LiveUpdate, SnapshotOptions } from './live.js';
import { Arrivals } from './live-arrival.js';
import { isCursorAfter, readCursor, writeCursor } from './live-cursor.js';
import { cutOfRequest } from './live-cut-of-request.js';
import { createLiveHistory, type LiveHistory } from './live-history.js';
import { LiveRing, type PlacedResult, Revisions, unrepeated } from './live-ring.js';
import { cutOfRecord, dimensionsOf, parseResult, updateOf } from './live-update.js';

export interface LiveFeedDeps {
  readonly log: EventLog;
  readonly database: Pick<Database, 'pool' | 'kysely'>;
  readonly definitions: Definitions;
  readonly resultsTopic: string;
  /** Told of a record that is no result, and of faults of the log that time may heal. */
  readonly onFault: (error: unknown) => void;
  /** How many updates are kept in memory for those who go on after a cursor (5,000 to twice as many). */
  readonly ringSize?: number;
  /** How many records are read back from the log at most for them (100,000). */
  readonly historyRecordsMax?: number;
}

export interface RunningLiveFeed extends LiveFeed {
  /** Resolves when the feed stands at the end of the results topic, which is created when it is missing. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** So many records before a place are read as well, to know what the relay may send again after a fault. */
const repeatedRecordsMax = 2_000n;
/** So many newest records are read at the start, so that who was away for a moment needs nothing from the log. */
const recordsHeldAtFirst = 2n * repeatedRecordsMax;
/** A topic holds few cuts; more names than this are none of ours. */
const cutsMax = 1_000;
const knownWindowsMax = 50_000;
/** How long a caller waits for the feed to come to a place that the log has already. */
const catchUpMs = 5_000;
/** How long a snapshot waits for what it holds to be published; then it is given all the same. */
const publishedMs = 2_000;
const pollMs = 10;

export function createLiveFeed(deps: LiveFeedDeps): RunningLiveFeed {
  return new Feed(deps);
}

class Feed implements RunningLiveFeed {
  readonly #deps: LiveFeedDeps;
  /** By the cut that they follow. */
  readonly #listeners = new Map<string, Set<(update: LiveUpdate) => void>>();
  /** The cuts that were seen, with their dimensions. */
  readonly #cuts = new Map<string, { readonly name: string; readonly dimensions: readonly string[] }>();
  readonly #history: LiveHistory;
  readonly #closing = new AbortController();
  readonly #arrivals = new Arrivals();
  #topicId = '';
  #position = 0n;
  #ring: LiveRing;
  #revisions = new Revisions(knownWindowsMax);
  #tail: Tail | undefined;

  constructor(deps: LiveFeedDeps) {
    this.#deps = deps;
    this.#ring = new LiveRing(0n, this.#ringSize);
    this.#history = createLiveHistory({
      log: deps.log,
      topic: deps.resultsTopic,
      recordsMax: BigInt(deps.historyRecordsMax ?? 100_000),
      read: (batch) => this.#placed(batch),
    });
  }

  get #ringSize(): number {
    return this.#deps.ringSize ?? 5_000;
  }

  async start(): Promise<void> {
    const { log, resultsTopic: topic, onFault } = this.#deps;
    await log.ensureTopics([{ name: topic, partitions: 1 }]);
    const { topicId, start, end } = await this.#range();
    const from = end - start > recordsHeldAtFirst ? end - recordsHeldAtFirst : start;
    this.#beginAt(topicId, from);
    this.#tail = await log.tail({
      topics: [topic],
      from: new Map([[partitionKey(topic, 0), from]]),
      elsewhere: 'end',
      handle: (batch) => this.#take(batch),
      onFault,
    });
    await this.#arrival(end, catchUpMs);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#history.close();
    await this.#tail?.close();
    this.#arrivals.end();
  }

  cutOf(request: Parameters<LiveFeed['cutOf']>[0]): string {
    return cutOfRequest(this.#deps.definitions, request);
  }

  follow(cut: string, listener: (update: LiveUpdate) => void): { readonly cursor: string; stop(): void } {
    // A function of its own, so that the same listener may follow twice.
    const own = (update: LiveUpdate) => listener(update);
    const listeners = this.#listeners.get(cut) ?? new Set();
    // What comes once more is known only of cuts that somebody follows.
    if (listeners.size === 0) this.#learn(cut);
    this.#listeners.set(cut, listeners.add(own));
    const cursor = writeCursor({ topicId: this.#topicId, offset: this.#position });
    return {
      cursor,
      stop: () => {
        if (listeners.delete(own) && listeners.size === 0) this.#listeners.delete(cut);
      },
    };
  }

  async snapshot(cut: string, last: number, options: SnapshotOptions): Promise<readonly LiveUpdate[]> {
    const { resultsTopic } = this.#deps;
    const { filter = [], rowsMax } = options;
    const rows = await this.#rows(
      windowsStatement({ cut, last, filter, resultsTopic, rowsMax: rowsMax + 1 }),
    );
    if (rows.length > rowsMax) throw tooManyRows(cut, rowsMax);
    const pending = rows[0]?.[0];
    if (typeof pending === 'string') await this.#published(pending);
    const { topicId, end } = await this.#range();
    if (topicId === this.#topicId) await this.#arrival(end, catchUpMs);
    const cursor = writeCursor({ topicId: this.#topicId, offset: this.#position });
    return rows.flatMap(([, message]) => {
      const result = typeof message === 'string' ? parseResult(message) : undefined;
      return result === undefined ? [] : [updateOf(result, this.#cut(cut).dimensions, cursor, null)];
    });
  }

  async since(cursor: string, cut: string): Promise<readonly LiveUpdate[] | undefined> {
    const place = readCursor(cursor);
    if (place === undefined || place.topicId !== this.#topicId) return undefined;
    if (place.offset > this.#position && !(await this.#reaches(place.offset))) return undefined;
    const repeatedFrom = place.offset - repeatedRecordsMax;
    const older: PlacedResult[] = [];
    let from = this.#ring.start;
    if (repeatedFrom > from) from = repeatedFrom;
    else {
      const { start } = await this.#range();
      if (place.offset < start) return undefined;
      from = repeatedFrom > start ? repeatedFrom : start;
      // The ring may let go of something while the log is read, so what is missing is read until they meet.
      while (from < this.#ring.start) {
        const to = this.#ring.start;
        const items = await this.#history.between(place.topicId, from, to);
        if (items === undefined) return undefined;
        older.push(...items);
        from = to;
      }
    }
    // It may have been made anew meanwhile.
    if (place.topicId !== this.#topicId) return undefined;
    return this.#updatesOf(cut, unrepeated([...older, ...this.#ring.after(from)], cut, place.offset));
  }

  isAfter(cursor: string, other: string): boolean {
    return isCursorAfter(cursor, other);
  }

  #beginAt(topicId: string, offset: bigint): void {
    this.#topicId = topicId;
    this.#position = offset;
    this.#arrivals.moveTo(offset);
    this.#ring = new LiveRing(offset, this.#ringSize);
    this.#revisions = new Revisions(knownWindowsMax);
  }

  #take(batch: Batch): void {
    // The topic was made anew: no cursor of the old one leads anywhere in it.
    if (batch.topicId !== this.#topicId) this.#beginAt(batch.topicId, batch.records[0]?.offset ?? 0n);
    for (const placed of this.#placed(batch)) {
      this.#position = placed.offset;
      this.#ring.push(placed);
      const listeners = this.#listeners.get(placed.cut);
      const update = listeners && this.#updateOf(placed);
      if (update === undefined || !this.#revisions.isNews(update)) continue;
      for (const listener of listeners ?? []) this.#tell(listener, update);
    }
    if (batch.nextOffset > this.#position) this.#position = batch.nextOffset;
    this.#arrivals.moveTo(this.#position);
  }

  #tell(listener: (update: LiveUpdate) => void, update: LiveUpdate): void {
    try {
      listener(update);
    } catch (error) {
      this.#deps.onFault(error);
    }
  }

  /** Nothing is parsed here: most results are of cuts that nobody follows. */
  #placed({ records }: Batch): PlacedResult[] {
    return records.flatMap(({ key, value, offset, appendedAtMs }) => {
      const cut = cutOfRecord(key?.toString() ?? '');
      if (cut === undefined || value === null) {
        this.#noResult(offset);
        return [];
      }
      return [{ offset: offset + 1n, cut: this.#cut(cut).name, text: value.toString(), appendedAtMs }];
    });
  }

  #noResult(offset: bigint): void {
    this.#deps.onFault(new Error(`The record at ${offset} of ${this.#deps.resultsTopic} is no result.`));
  }

  #updateOf({ offset, cut, text, appendedAtMs }: PlacedResult): LiveUpdate | undefined {
    const result = parseResult(text);
    if (result?.cut !== cut) {
      this.#noResult(offset - 1n);
      return undefined;
    }
    const cursor = writeCursor({ topicId: this.#topicId, offset });
    return updateOf(result, this.#cut(cut).dimensions, cursor, appendedAtMs);
  }

  #updatesOf(cut: string, items: readonly PlacedResult[]): LiveUpdate[] {
    return items.flatMap((item) => (item.cut === cut ? (this.#updateOf(item) ?? []) : []));
  }

  /** Takes note of the revisions of a cut that the relay might send again. */
  #learn(cut: string): void {
    const from = this.#position - repeatedRecordsMax;
    for (const update of this.#updatesOf(cut, this.#ring.after(from))) this.#revisions.isNews(update);
  }

  #cut(name: string) {
    let cut = this.#cuts.get(name);
    if (cut === undefined) {
      cut = { name, dimensions: dimensionsOf(name) };
      if (this.#cuts.size < cutsMax) this.#cuts.set(name, cut);
    }
    return cut;
  }

  async #range() {
    const [range] = await this.#deps.log.ends(this.#deps.resultsTopic);
    if (range !== undefined) return range;
    throw new FlywheelError('NOT_FOUND', `The topic ${this.#deps.resultsTopic} has no partition.`);
  }

  async #rows(statement: ReturnType<typeof windowsStatement>): Promise<unknown[][]> {
    const { pool, kysely } = this.#deps.database;
    const { sql: text, parameters } = statement.compile(kysely);
    const { rows } = await pool.query<unknown[]>({ text, values: [...parameters], rowMode: 'array' });
    return rows;
  }

  async #published(id: string): Promise<void> {
    const { signal } = this.#closing;
    const until = performance.now() + publishedMs;
    while (!signal.aborted && performance.now() < until) {
      const [row] = await this.#rows(pendingStatement(this.#deps.resultsTopic, id));
      if (row?.[0] !== true) return;
      await pause(pollMs, signal);
    }
  }

  /** Whether the log has the place; resolves when the feed has come there. */
  async #reaches(offset: bigint): Promise<boolean> {
    const { topicId, end } = await this.#range();
    if (topicId !== this.#topicId || offset > end) return false;
    await this.#arrival(offset, catchUpMs);
    return true;
  }

  async #arrival(offset: bigint, timeoutMs: number): Promise<void> {
    if (!this.#closing.signal.aborted) await this.#arrivals.wait(offset, timeoutMs);
  }
}

function tooManyRows(cut: string, rowsMax: number): FlywheelError {
  return new FlywheelError(
    'LIMIT_EXCEEDED',
    `${cut} would begin with more than ${rowsMax} messages; ask for fewer windows with \`last\`, or for some of the keys with \`filter\`.`,
  );
}
