// All who follow the same windows with the same document: each message is rendered once, and everybody gets its bytes.

import type { LiveFeed, LiveUpdate, SnapshotOptions } from '../../src/metrics/live.js';
import { dimensionsOf } from '../../src/metrics/live-update.js';
import type { CohortTelemetry } from './cohort-telemetry.js';
import { HubMessage } from './message.js';
import type { Render } from './render.js';
import type { Sink, Subscription } from './sink.js';
import type { MetricEvent, MetricSource } from './source.js';
import { type Entry, WindowStore } from './window-store.js';

export interface MetricCohortDeps {
  readonly feed: LiveFeed;
  readonly source: MetricSource;
  readonly cut: string;
  readonly render: Render;
  /** The place after the last update that this cohort was given, or would have been. */
  readonly position: string;
  readonly telemetry: CohortTelemetry;
  /** Nobody is left. */
  readonly onEmpty: () => void;
}

/** The most windows and keys that are held, and that a subscription may begin with. */
const entriesMax = 10_000;
/** What stands as the cursor where only a fresh state can follow: in the midst of a state, and with a notice. */
export const restartCursor = Buffer.from('state').toString('base64url');

const tooOld =
  'The cursor is older than what is kept, or is not of this gateway: messages may be missing. What follows is the state as it is now, then its changes.';
const tooSlow =
  'The connection was too slow for all that changed: messages are missing. What follows is the state as it is now, then its changes.';

class Member implements Subscription {
  phase: 'waiting' | 'live' | 'behind' | 'stopped' = 'waiting';
  /** What comes before everything after `place`. */
  queue: readonly (Entry | LiveUpdate)[] = [];
  queuedAt = 0;
  /** The place of the last entry that it got, while it is not live. */
  place = 0;
  /** A cursor up to which it has had everything, although the cohort has not. */
  skipTo: string | undefined;

  constructor(
    readonly sink: Sink,
    readonly last: number,
    private readonly cohort: MetricCohort,
  ) {}

  resume(): void {
    if (this.phase !== 'behind') return;
    try {
      this.cohort.pump(this);
    } catch (error) {
      this.cohort.fail(this, error);
    }
  }

  stop(): void {
    this.cohort.leave(this);
  }
}

export class MetricCohort {
  readonly #deps: MetricCohortDeps;
  readonly #store = new WindowStore(entriesMax);
  readonly #members = new Set<Member>();
  readonly #pending = new Map<string, LiveUpdate>();
  readonly #intervalMs: number;
  readonly #filter: (ReadonlySet<string | null> | undefined)[];
  readonly #snapshotOptions: SnapshotOptions;
  #position: string;
  /** How many windows before the newest are held; -1 before anything is. */
  #loaded = -1;
  #loading: { readonly last: number; readonly done: Promise<void> } | undefined;
  #behind = 0;
  /** Members that read what they missed from the log. */
  #catchingUp = 0;
  #timer: NodeJS.Timeout | undefined;
  #flushedAt = Number.NEGATIVE_INFINITY;

  constructor(deps: MetricCohortDeps) {
    this.#deps = deps;
    this.#position = deps.position;
    const { maxPerSecond, wanted } = deps.source;
    this.#intervalMs = maxPerSecond === undefined ? 0 : 1_000 / maxPerSecond;
    const filter = dimensionsOf(deps.cut).map((dimension) => wanted.get(dimension));
    this.#filter = filter.map((keys) => keys && new Set(keys));
    this.#snapshotOptions = { filter, rowsMax: entriesMax };
  }

  get size(): number {
    return this.#members.size;
  }

  get behind(): number {
    return this.#behind;
  }

  join(sink: Sink, last: number, after: string | undefined): Subscription {
    const member = new Member(sink, last, this);
    this.#members.add(member);
    const begun =
      after === undefined || after === restartCursor ? this.#begin(member) : this.#goOn(member, after);
    begun.catch((error: unknown) => this.fail(member, error));
    return member;
  }

  fail(member: Member, error: unknown): void {
    if (member.phase === 'stopped') return;
    this.leave(member);
    member.sink.fail(error);
  }

  leave(member: Member): void {
    if (member.phase === 'behind') this.#setBehind(-1);
    member.phase = 'stopped';
    if (!this.#members.delete(member) || this.#members.size > 0) return;
    clearTimeout(this.#timer);
    this.#deps.onEmpty();
  }

  /** Takes an update of the feed. `cursor` is that of the feed also where the update is not for this cohort. */
  receive(update: LiveUpdate): void {
    if (!this.#accepts(update)) {
      if (this.#pending.size === 0) this.#position = update.cursor;
      return;
    }
    if (this.#intervalMs === 0) {
      this.#position = update.cursor;
      this.#say(update);
      return;
    }
    const earlier = this.#pending.get(update.window);
    if (earlier !== undefined && earlier.revision >= update.revision) return;
    if (earlier !== undefined) this.#deps.telemetry.conflated(1);
    this.#pending.delete(update.window);
    this.#pending.set(update.window, update);
    if (this.#timer !== undefined) return;
    const waitMs = this.#flushedAt + this.#intervalMs - performance.now();
    if (waitMs <= 0) this.#flush();
    else this.#timer = setTimeout(() => this.#flush(), waitMs);
  }

  /** Gives a member what it is due, until its reader is behind or nothing is left. */
  pump(member: Member): void {
    const handed = this.#pumpAll(member);
    if (handed > 0) this.#deps.telemetry.delivered(handed, null);
  }

  #pumpAll(member: Member): number {
    let handed = 0;
    while (member.queuedAt < member.queue.length) {
      const item = member.queue[member.queuedAt];
      member.queuedAt += 1;
      if (item === undefined || ('place' in item && item.isGone)) continue;
      handed += 1;
      if (!member.sink.next(this.#messageOf(item))) return handed;
    }
    member.queue = [];
    member.queuedAt = 0;
    if (member.place < this.#store.lostPlace) {
      this.#startAgain(member, tooSlow);
      return handed;
    }
    for (const entry of this.#store.after(member.place)) {
      member.place = entry.place;
      if (this.#isKnown(member, entry.update)) continue;
      handed += 1;
      if (!member.sink.next(this.#messageOf(entry))) return handed;
    }
    this.#setBehind(-1);
    member.phase = 'live';
    return handed;
  }

  #flush(): void {
    this.#timer = undefined;
    this.#flushedAt = performance.now();
    const updates = [...this.#pending.values()];
    this.#pending.clear();
    for (const update of updates) {
      this.#position = update.cursor;
      this.#say(update);
    }
  }

  #accepts({ keys }: LiveUpdate): boolean {
    return this.#filter.every((wanted, place) => wanted?.has(keys[place]?.value ?? null) ?? true);
  }

  /** Whether the member has had an update although it comes now. */
  #isKnown(member: Member, { cursor }: LiveUpdate): boolean {
    if (member.skipTo === undefined) return false;
    if (!this.#deps.feed.isAfter(cursor, member.skipTo)) return true;
    member.skipTo = undefined;
    return false;
  }

  #say(update: LiveUpdate): void {
    const earlier = this.#store.latest(update);
    if (earlier !== undefined && earlier.update.revision >= update.revision) return;
    const entry = this.#store.put(update);
    let handed = 0;
    let conflated = 0;
    for (const member of this.#members) {
      if (member.phase === 'behind') {
        if (earlier !== undefined && earlier.place > member.place) conflated += 1;
        continue;
      }
      if (member.phase !== 'live' || this.#isKnown(member, update)) continue;
      handed += 1;
      if (member.sink.next(this.#messageOf(entry))) continue;
      this.#fallBehind(member, entry.place);
    }
    this.#trim();
    this.#deps.telemetry.delivered(handed, update.appendedAtMs);
    if (conflated > 0) this.#deps.telemetry.conflated(conflated);
  }

  /** Lets go of older windows, unless somebody has still to be given them. */
  #trim(): void {
    const isHeld = this.#behind > 0 || this.#catchingUp > 0 || this.#loading !== undefined;
    if (!isHeld) this.#store.trim(this.#loaded + 1);
  }

  #fallBehind(member: Member, place: number): void {
    member.place = place;
    member.phase = 'behind';
    this.#setBehind(1);
  }

  #setBehind(change: 1 | -1): void {
    this.#behind += change;
    this.#deps.telemetry.behind(change);
  }

  #messageOf(item: Entry | LiveUpdate): HubMessage {
    if (!('place' in item)) return this.#messageOfUpdate(item);
    item.message ??= this.#messageOfUpdate(item.update);
    return item.message;
  }

  #messageOfUpdate(update: LiveUpdate): HubMessage {
    return this.#rendered({ update, notice: undefined, cursor: update.cursor });
  }

  #rendered(event: Omit<MetricEvent, 'request'>): HubMessage {
    const { render, source } = this.#deps;
    return new HubMessage(render({ ...event, request: source.request } satisfies MetricEvent), event.cursor);
  }

  async #begin(member: Member): Promise<void> {
    await this.#load(member.last);
    if (member.phase !== 'waiting') return;
    this.#giveState(member);
    this.pump(member);
  }

  #giveState(member: Member): void {
    member.queue = this.#store.state(member.last + 1);
    member.queuedAt = 0;
    this.#fallBehind(member, this.#store.place);
  }

  /** Says that something is missing, and gives the state anew. */
  #startAgain(member: Member, notice: string): void {
    this.#deps.telemetry.restarted();
    if (member.phase === 'behind') this.#setBehind(-1);
    member.phase = 'waiting';
    member.skipTo = undefined;
    member.sink.next(this.#rendered({ update: undefined, notice, cursor: restartCursor }));
    this.#begin(member).catch((error: unknown) => this.fail(member, error));
  }

  /** Catches up alone from a cursor, up to where the cohort stood at that moment; the rest comes from the store. */
  async #goOn(member: Member, after: string): Promise<void> {
    const { feed, cut, source } = this.#deps;
    const position = this.#position;
    const { place } = this.#store;
    this.#catchingUp += 1;
    try {
      const missed = await feed.since(after);
      if (member.phase !== 'waiting') return;
      if (missed === undefined) {
        this.#startAgain(member, tooOld);
        return;
      }
      if (feed.isAfter(after, position)) member.skipTo = after;
      const own = missed.filter(
        (update) => update.cut === cut && this.#accepts(update) && !feed.isAfter(update.cursor, position),
      );
      member.queue = source.maxPerSecond === undefined ? own : latestOfEach(own);
      this.#fallBehind(member, place);
      this.pump(member);
    } finally {
      this.#catchingUp -= 1;
    }
  }

  /** Resolves when the newest `last` + 1 windows are held. */
  async #load(last: number): Promise<void> {
    if (!this.#store.isWhole) this.#loaded = -1;
    while (this.#loaded < last) {
      if (this.#loading !== undefined && this.#loading.last >= last) await this.#loading.done;
      else await this.#loadNow(last);
    }
  }

  async #loadNow(last: number): Promise<void> {
    const done = this.#read(last).finally(() => {
      if (this.#loading?.done === done) this.#loading = undefined;
    });
    this.#loading = { last, done };
    await done;
  }

  async #read(last: number): Promise<void> {
    const { feed, cut } = this.#deps;
    const found = await feed.snapshot(cut, last + 1, this.#snapshotOptions);
    const isEmpty = this.#store.size === 0;
    const fresh = found.filter((update) => this.#store.latest(update) === undefined);
    // Only after the last of a state that nothing was added to does its place say what is still to come.
    const lastFresh = fresh.at(-1);
    this.#store.prepend(
      fresh.map((update) =>
        isEmpty && update === lastFresh ? update : { ...update, cursor: restartCursor },
      ),
    );
    this.#store.isWhole = true;
    this.#loaded = Math.max(this.#loaded, last);
    // Where the feed has not come as far as the snapshot, the snapshot goes first.
    for (const update of found) this.#say(update);
  }
}

/** The last update of each window, in order. */
function latestOfEach(updates: readonly LiveUpdate[]): LiveUpdate[] {
  const latest = new Map<string, LiveUpdate>();
  for (const update of updates) {
    latest.delete(update.window);
    latest.set(update.window, update);
  }
  return [...latest.values()];
}
