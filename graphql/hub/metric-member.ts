// One subscriber of a metric's cohort: what it has had, and what it is still due.

import type { LiveUpdate } from '../../src/metrics/live.js';
import type { Sink, Subscription } from './sink.js';
import type { Entry } from './window-store.js';

/** What a member needs of its cohort. */
export interface MemberHost {
  /** Gives a member what it is due, until its reader is behind or nothing is left. */
  pump(member: MetricMember): void;
  fail(member: MetricMember, error: unknown): void;
  leave(member: MetricMember): void;
}

export class MetricMember implements Subscription {
  phase: 'waiting' | 'live' | 'behind' | 'stopped' = 'waiting';
  /** The place of the last entry that it got, while it is not live. */
  place = 0;
  /** A cursor up to which it has had everything, although the cohort has not. */
  skipTo: string | undefined;
  #queue: readonly (Entry | LiveUpdate)[] = [];
  #queuedAt = 0;

  constructor(
    readonly sink: Sink,
    /** How many windows before the newest its state has. */
    readonly last: number,
    private readonly host: MemberHost,
  ) {}

  /** What comes before everything after `place`. */
  enqueue(items: readonly (Entry | LiveUpdate)[]): void {
    this.#queue = items;
    this.#queuedAt = 0;
  }

  /** The next of the queue; undefined at its end. What newer entries have replaced is left out: they come later. */
  dequeue(): Entry | LiveUpdate | undefined {
    while (this.#queuedAt < this.#queue.length) {
      const item = this.#queue[this.#queuedAt];
      this.#queuedAt += 1;
      if (item !== undefined && !('isGone' in item && item.isGone)) return item;
    }
    this.#queue = [];
    return undefined;
  }

  resume(): void {
    if (this.phase !== 'behind') return;
    try {
      this.host.pump(this);
    } catch (error) {
      this.host.fail(this, error);
    }
  }

  stop(): void {
    this.host.leave(this);
  }
}
