// What a cohort has said of each window: the state that newcomers begin with, and what slow readers have missed.

import type { LiveUpdate } from '../../src/metrics/live.js';
import type { HubMessage } from './message.js';

export interface Entry {
  readonly update: LiveUpdate;
  /** Grows from entry to entry in the order in which they were said. */
  readonly place: number;
  /** Rendered when it is first needed. */
  message: HubMessage | undefined;
  /** A newer entry of the same window has taken its place, or the window was let go. */
  isGone: boolean;
}

/** A window without end is always the newest. */
function startOf({ windowStart }: LiveUpdate): number {
  return windowStart?.getTime() ?? Number.POSITIVE_INFINITY;
}

/**
 * Holds the latest entry of each window and key, in the order in which they were said, at most `sizeMax` of them. In
 * that order the cursor of an entry is also right for whoever got all entries up to it.
 */
export class WindowStore {
  /** Entries up to this place may have been let go before everybody got them. */
  lostPlace = Number.NEGATIVE_INFINITY;
  /** False once an entry of a window that is kept had to be let go. */
  isWhole = true;
  readonly #latest = new Map<string, Entry>();
  readonly #starts = new Map<number, Set<Entry>>();
  readonly #sizeMax: number;
  #order: Entry[] = [];
  #place = 0;
  #firstPlace = 0;

  constructor(sizeMax: number) {
    this.#sizeMax = sizeMax;
  }

  get size(): number {
    return this.#latest.size;
  }

  /** The place of the latest entry. */
  get place(): number {
    return this.#place;
  }

  /** What is held of the window of an update. */
  latest({ window }: LiveUpdate): Entry | undefined {
    return this.#latest.get(window);
  }

  /** Adds what is said now. */
  put(update: LiveUpdate): Entry {
    this.#place += 1;
    const entry = this.#add(update, this.#place);
    this.#order.push(entry);
    if (this.#latest.size > this.#sizeMax) this.#dropOldest();
    if (this.#order.length > 2 * this.#latest.size + 64)
      this.#order = this.#order.filter(({ isGone }) => !isGone);
    return entry;
  }

  /** Adds what was said before everything that is held, of windows that are not held. */
  prepend(updates: readonly LiveUpdate[]): void {
    this.#firstPlace -= updates.length;
    const entries = updates.map((update, index) => this.#add(update, this.#firstPlace + index));
    this.#order.unshift(...entries);
  }

  /** The entries after a place, in order. */
  after(place: number): Entry[] {
    let [low, high] = [0, this.#order.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#order[middle]?.place ?? 0) > place) high = middle;
      else low = middle + 1;
    }
    return this.#order.slice(low).filter(({ isGone }) => !isGone);
  }

  /** The entries of the newest windows, in order. */
  state(windows: number): Entry[] {
    const oldest = this.#newest(windows).at(-1) ?? 0;
    return this.#order.filter(({ isGone, update }) => !isGone && startOf(update) >= oldest);
  }

  /** Lets go of all but the newest windows. */
  trim(windows: number): void {
    if (this.#starts.size <= windows) return;
    const kept = new Set(this.#newest(windows));
    for (const [start, entries] of this.#starts) {
      if (kept.has(start)) continue;
      for (const entry of entries) this.#drop(entry);
    }
  }

  #newest(windows: number): number[] {
    return [...this.#starts.keys()].sort((a, b) => b - a).slice(0, windows);
  }

  #add(update: LiveUpdate, place: number): Entry {
    const entry: Entry = { update, place, message: undefined, isGone: false };
    const earlier = this.#latest.get(update.window);
    if (earlier !== undefined) this.#remove(earlier);
    this.#latest.set(update.window, entry);
    const start = startOf(update);
    const entries = this.#starts.get(start);
    if (entries === undefined) this.#starts.set(start, new Set([entry]));
    else entries.add(entry);
    return entry;
  }

  #remove(entry: Entry): void {
    entry.isGone = true;
    this.#latest.delete(entry.update.window);
    const start = startOf(entry.update);
    const entries = this.#starts.get(start);
    entries?.delete(entry);
    if (entries?.size === 0) this.#starts.delete(start);
  }

  #drop(entry: Entry): void {
    this.#remove(entry);
    if (entry.place > this.lostPlace) this.lostPlace = entry.place;
  }

  #dropOldest(): void {
    const oldest = this.#order.find(({ isGone }) => !isGone);
    if (oldest === undefined) return;
    this.isWhole = false;
    this.#drop(oldest);
  }
}
