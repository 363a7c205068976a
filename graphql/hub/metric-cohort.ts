// All who follow the same windows with the same document: each message is rendered once, and everybody gets its bytes.

import type { LiveFeed, LiveUpdate } from '../../src/metrics/live.js';
import { dimensionsOf } from '../../src/metrics/live-update.js';
import type { CohortTelemetry } from './cohort-telemetry.js';
import { Conflator, latestOfEach } from './conflator.js';
import { HubMessage } from './message.js';
import { type MemberHost, MetricMember } from './metric-member.js';
import type { Render } from './render.js';
import type { Sink, Subscription } from './sink.js';
import type { MetricEvent, MetricSource } from './source.js';
import { restartCursor, StateLoader } from './state-loader.js';
import { type Entry, WindowStore } from './window-store.js';

export interface MetricCohortDeps {
  readonly feed: LiveFeed;
  readonly source: MetricSource;
  readonly cut: string;
  readonly render: Render;
  readonly telemetry: CohortTelemetry;
  /** Nobody is left. */
  readonly onEmpty: () => void;
}

/** The most windows and keys that are held, and that a subscription may begin with. */
const entriesMax = 10_000;
const tooOld =
  'The cursor is older than what is kept, or is not of this gateway: messages may be missing. What follows is the state as it is now, then its changes.';
const tooSlow =
  'The connection was too slow for all that changed: messages are missing. What follows is the state as it is now, then its changes.';

export class MetricCohort implements MemberHost {
  readonly #deps: MetricCohortDeps;
  readonly #store = new WindowStore(entriesMax);
  readonly #members = new Set<MetricMember>();
  readonly #conflator: Conflator | undefined;
  readonly #loader: StateLoader;
  readonly #filter: (ReadonlySet<string | null> | undefined)[];
  readonly #following: { stop(): void };
  /** The place after the last update that this cohort has said, or would have. */
  #position: string;
  #behind = 0;
  /** Members that read what they missed from the log. */
  #catchingUp = 0;

  constructor(deps: MetricCohortDeps) {
    this.#deps = deps;
    const { feed, cut, source, telemetry } = deps;
    const { maxPerSecond, wanted } = source;
    const conflator =
      maxPerSecond === undefined
        ? undefined
        : new Conflator({
            maxPerSecond,
            say: (update) => this.#say(update),
            onReplaced: () => telemetry.conflated(1),
          });
    const filter = dimensionsOf(cut).map((dimension) => wanted.get(dimension));
    this.#conflator = conflator;
    this.#filter = filter.map((keys) => keys && new Set(keys));
    this.#loader = new StateLoader({
      feed,
      cut,
      options: { filter, rowsMax: entriesMax },
      store: this.#store,
      isQuiet: () => conflator?.isEmpty ?? true,
      say: (update) => this.#hand(update),
    });
    const { cursor, stop } = feed.follow(cut, (update) => this.#receive(update));
    this.#position = cursor;
    this.#following = { stop };
  }

  get size(): number {
    return this.#members.size;
  }

  get behind(): number {
    return this.#behind;
  }

  join(sink: Sink, last: number, after: string | undefined): Subscription {
    const member = new MetricMember(sink, last, this);
    this.#members.add(member);
    const begun =
      after === undefined || after === restartCursor ? this.#begin(member) : this.#goOn(member, after);
    begun.catch((error: unknown) => this.fail(member, error));
    return member;
  }

  fail(member: MetricMember, error: unknown): void {
    if (member.phase === 'stopped') return;
    this.leave(member);
    member.sink.fail(error);
  }

  leave(member: MetricMember): void {
    if (member.phase === 'behind') this.#setBehind(-1);
    member.phase = 'stopped';
    if (!this.#members.delete(member) || this.#members.size > 0) return;
    this.#following.stop();
    this.#conflator?.stop();
    this.#deps.onEmpty();
  }

  /** Gives a member what it is due, until its reader is behind or nothing is left. */
  pump(member: MetricMember): void {
    const handed = this.#pumpAll(member);
    if (handed > 0) this.#deps.telemetry.delivered(handed, null);
  }

  #pumpAll(member: MetricMember): number {
    let handed = 0;
    for (let item = member.dequeue(); item !== undefined; item = member.dequeue()) {
      handed += 1;
      if (!member.sink.next(this.#messageOf(item))) return handed;
    }
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

  #receive(update: LiveUpdate): void {
    if (!this.#accepts(update)) return;
    if (this.#conflator === undefined) this.#say(update);
    else this.#conflator.take(update);
  }

  #accepts({ keys }: LiveUpdate): boolean {
    return this.#filter.every((wanted, place) => wanted?.has(keys[place]?.value ?? null) ?? true);
  }

  /** Whether the member has had an update although it comes now. */
  #isKnown(member: MetricMember, { cursor }: LiveUpdate): boolean {
    if (member.skipTo === undefined) return false;
    if (!this.#deps.feed.isAfter(cursor, member.skipTo)) return true;
    member.skipTo = undefined;
    return false;
  }

  /** Says what the feed gave, unless a state has said it before. */
  #say(update: LiveUpdate): void {
    this.#position = update.cursor;
    this.#hand(update);
  }

  #hand(update: LiveUpdate): void {
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
    const isHeld = this.#behind > 0 || this.#catchingUp > 0 || this.#loader.isLoading;
    if (!isHeld) this.#store.trim(this.#loader.loaded + 1);
  }

  #fallBehind(member: MetricMember, place: number): void {
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

  async #begin(member: MetricMember): Promise<void> {
    await this.#loader.load(member.last);
    if (member.phase !== 'waiting') return;
    this.#giveState(member);
    this.pump(member);
  }

  #giveState(member: MetricMember): void {
    member.enqueue(this.#store.state(member.last + 1));
    this.#fallBehind(member, this.#store.place);
  }

  /** Says that something is missing, and gives the state anew. */
  #startAgain(member: MetricMember, notice: string): void {
    this.#deps.telemetry.restarted();
    if (member.phase === 'behind') this.#setBehind(-1);
    member.phase = 'waiting';
    member.skipTo = undefined;
    member.sink.next(this.#rendered({ update: undefined, notice, cursor: restartCursor }));
    this.#begin(member).catch((error: unknown) => this.fail(member, error));
  }

  /** Catches up alone from a cursor, up to where the cohort stood at that moment; the rest comes from the store. */
  async #goOn(member: MetricMember, after: string): Promise<void> {
    const { feed, cut, source } = this.#deps;
    const position = this.#position;
    const { place } = this.#store;
    this.#catchingUp += 1;
    try {
      const missed = await feed.since(after, cut);
      if (member.phase !== 'waiting') return;
      if (missed === undefined) {
        this.#startAgain(member, tooOld);
        return;
      }
      if (feed.isAfter(after, position)) member.skipTo = after;
      const own = missed.filter((update) => this.#accepts(update) && !feed.isAfter(update.cursor, position));
      member.enqueue(source.maxPerSecond === undefined ? own : latestOfEach(own));
      this.#fallBehind(member, place);
      this.pump(member);
    } finally {
      this.#catchingUp -= 1;
    }
  }
}
