// Holds updates back so that the newest of each window and key is said at most so often.

import type { LiveUpdate } from '../../src/metrics/live.js';

export interface ConflatorDeps {
  readonly maxPerSecond: number;
  readonly say: (update: LiveUpdate) => void;
  /** An update was replaced by a newer one before it was said. */
  readonly onReplaced: () => void;
}

/** The first update is said at once, the newest of what follows after the interval, in the order of the feed. */
export class Conflator {
  readonly #deps: ConflatorDeps;
  readonly #pending = new Map<string, LiveUpdate>();
  readonly #intervalMs: number;
  #timer: NodeJS.Timeout | undefined;
  #saidAt = Number.NEGATIVE_INFINITY;

  constructor(deps: ConflatorDeps) {
    this.#deps = deps;
    this.#intervalMs = 1_000 / deps.maxPerSecond;
  }

  get isEmpty(): boolean {
    return this.#pending.size === 0;
  }

  take(update: LiveUpdate): void {
    const earlier = this.#pending.get(update.window);
    if (earlier !== undefined && earlier.revision >= update.revision) return;
    if (earlier !== undefined) this.#deps.onReplaced();
    this.#pending.delete(update.window);
    this.#pending.set(update.window, update);
    if (this.#timer !== undefined) return;
    const waitMs = this.#saidAt + this.#intervalMs - performance.now();
    if (waitMs <= 0) this.#sayAll();
    else this.#timer = setTimeout(() => this.#sayAll(), waitMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #sayAll(): void {
    this.#timer = undefined;
    this.#saidAt = performance.now();
    const updates = [...this.#pending.values()];
    this.#pending.clear();
    for (const update of updates) this.#deps.say(update);
  }
}

/** The last update of each window, in order. */
export function latestOfEach(updates: readonly LiveUpdate[]): LiveUpdate[] {
  const latest = new Map<string, LiveUpdate>();
  for (const update of updates) {
    latest.delete(update.window);
    latest.set(update.window, update);
  }
  return [...latest.values()];
}
