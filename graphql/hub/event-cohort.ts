// All who follow the same events with the same document. A feed keeps every message in order; who cannot keep up leaves.

import { pause } from '../../src/core/pause.js';
import type { FlywheelEvent } from '../../src/events/event.js';
import type { EventFeed, EventFollowing, FeedEvent } from '../../src/events/event-feed.js';
import type { CohortTelemetry } from './cohort-telemetry.js';
import { HubMessage } from './message.js';
import type { Render } from './render.js';
import type { Sink, Subscription } from './sink.js';
import type { FeedMessage, FeedSource } from './source.js';

export interface EventCohortDeps<E = FlywheelEvent> {
  readonly feed: EventFeed<E>;
  readonly source: FeedSource<E>;
  readonly render: Render;
  readonly telemetry: CohortTelemetry;
  /** How long a reader of what it missed may take nothing; others wait for their turn to read meanwhile. */
  readonly replayPatienceMs: number;
  /** Nobody is left. */
  readonly onEmpty: () => void;
}

/** So many messages may wait for a reader that is behind; they are shared, so each costs a few bytes. */
const waitingMax = 1_000;

const tooOld =
  'The cursor is older than what the log keeps, or is not of this gateway: events are missing. What follows happens from now on.';
const tooSlow =
  'The connection was too slow for the events that came; this subscription ends here. Subscribe again `after` this cursor and nothing is missed.';

class Member<E> implements Subscription {
  phase: 'waiting' | 'live' | 'behind' | 'stopped' = 'waiting';
  readonly waiting: HubMessage[] = [];
  readonly stopping = new AbortController();
  /** Where it goes on when it is cut off. */
  cursor = '';
  /** What it has had already although the cohort has not; undefined when there is nothing of the kind. */
  isKnown: ((found: FeedEvent<E>) => boolean) | undefined;
  onResume: (() => void) | undefined;

  constructor(
    readonly sink: Sink,
    private readonly cohort: EventCohort<E>,
  ) {}

  resume(): void {
    const { onResume } = this;
    this.onResume = undefined;
    if (onResume !== undefined) onResume();
    else if (this.phase === 'behind') this.cohort.pump(this);
  }

  stop(): void {
    this.cohort.leave(this);
  }
}

export class EventCohort<E = FlywheelEvent> {
  readonly #deps: EventCohortDeps<E>;
  readonly #members = new Set<Member<E>>();
  readonly #following: Promise<EventFollowing>;
  #behind = 0;

  constructor(deps: EventCohortDeps<E>) {
    this.#deps = deps;
    this.#following = deps.feed.follow((found, cursor) => this.#take(found, cursor));
    this.#following.catch(() => undefined);
  }

  get size(): number {
    return this.#members.size;
  }

  get behind(): number {
    return this.#behind;
  }

  join(sink: Sink, after: string | undefined): Subscription {
    const member = new Member<E>(sink, this);
    this.#members.add(member);
    this.#begin(member, after).catch((error: unknown) => {
      if (member.phase === 'stopped') return;
      this.leave(member);
      sink.fail(error);
    });
    return member;
  }

  leave(member: Member<E>): void {
    if (member.phase === 'behind') this.#setBehind(-1);
    member.phase = 'stopped';
    member.waiting.length = 0;
    member.stopping.abort();
    member.resume();
    if (!this.#members.delete(member) || this.#members.size > 0) return;
    this.#deps.onEmpty();
    this.#following.then(({ stop }) => stop()).catch(() => undefined);
  }

  /** Gives a member what waits for it, until its reader is behind again. */
  pump(member: Member<E>): void {
    let handed = 0;
    let goesOn = true;
    for (const message of member.waiting) {
      if (!goesOn) break;
      handed += 1;
      goesOn = this.#hand(member, message);
    }
    member.waiting.splice(0, handed);
    this.#deps.telemetry.delivered(handed, null);
    if (!goesOn || member.phase !== 'behind') return;
    member.phase = 'live';
    this.#setBehind(-1);
  }

  async #begin(member: Member<E>, after: string | undefined): Promise<void> {
    const following = await this.#following;
    if (member.phase === 'stopped') return;
    if (after === undefined) {
      member.cursor = following.cursor();
      member.phase = 'live';
      return;
    }
    member.cursor = after;
    const isReplayed = await this.#deps.feed.replay(after, {
      handle: (found, cursor) => this.#handOne(member, found, cursor),
      met(isKnown) {
        if (member.phase !== 'waiting') return;
        member.isKnown = isKnown;
        member.phase = 'live';
      },
      signal: member.stopping.signal,
    });
    if (isReplayed || member.phase !== 'waiting') return;
    const cursor = following.cursor();
    this.#deps.telemetry.restarted();
    member.phase = 'live';
    this.#hand(member, this.#rendered({ found: undefined, notice: tooOld, cursor }));
  }

  /** One event of a replay; resolves when the reader takes more. */
  async #handOne(member: Member<E>, found: FeedEvent<E>, cursor: () => string): Promise<void> {
    if (member.phase !== 'waiting' || !this.#deps.source.accepts(found)) return;
    const message = this.#rendered({ found, notice: undefined, cursor: cursor() });
    this.#deps.telemetry.delivered(1, null);
    if (this.#hand(member, message)) return;
    const resumed = new AbortController();
    member.onResume = () => resumed.abort();
    await pause(this.#deps.replayPatienceMs, resumed.signal);
    if (!resumed.signal.aborted) this.#cutOff(member);
  }

  #take(found: FeedEvent<E>, cursor: () => string): void {
    if (!this.#deps.source.accepts(found)) return;
    let message: HubMessage | undefined;
    let handed = 0;
    for (const member of this.#members) {
      if (member.phase !== 'live' && member.phase !== 'behind') continue;
      if (member.isKnown?.(found)) continue;
      message ??= this.#rendered({ found, notice: undefined, cursor: cursor() });
      if (member.phase === 'behind') {
        this.#keep(member, message);
        continue;
      }
      handed += 1;
      if (this.#hand(member, message)) continue;
      member.phase = 'behind';
      this.#setBehind(1);
    }
    this.#deps.telemetry.delivered(handed, found.appendedAtMs);
  }

  #hand(member: Member<E>, message: HubMessage): boolean {
    member.cursor = message.cursor;
    return member.sink.next(message);
  }

  #keep(member: Member<E>, message: HubMessage): void {
    if (member.waiting.length < waitingMax) {
      member.waiting.push(message);
      return;
    }
    this.#cutOff(member);
  }

  /** Ends a subscription whose reader is too slow, and says where it may go on. */
  #cutOff(member: Member<E>): void {
    const { cursor, sink } = member;
    this.#deps.telemetry.dropped();
    this.leave(member);
    sink.next(this.#rendered({ found: undefined, notice: tooSlow, cursor }));
    sink.complete();
  }

  #rendered(message: FeedMessage<E>): HubMessage {
    return new HubMessage(this.#deps.render(message), message.cursor);
  }

  #setBehind(change: 1 | -1): void {
    this.#behind += change;
    this.#deps.telemetry.behind(change);
  }
}
