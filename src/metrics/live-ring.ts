// Updates of the feed in their order, the newest so many of them, found again by their place.

import type { LiveUpdate } from './live.js';

export interface PlacedUpdate {
  /** The place after it. */
  readonly offset: bigint;
  readonly update: LiveUpdate;
}

/** Covers the feed from `start` on; what is older than the newest `sizeMax` updates is let go. */
export class LiveRing {
  /** Every update that was given with a place after this one is here. */
  start: bigint;
  #items: PlacedUpdate[] = [];
  readonly #sizeMax: number;

  constructor(start: bigint, sizeMax: number) {
    this.start = start;
    this.#sizeMax = sizeMax;
  }

  push(item: PlacedUpdate): void {
    this.#items.push(item);
    // Cut seldom, and then much: each cut copies what stays.
    if (this.#items.length < this.#sizeMax * 2) return;
    const cut = this.#items.length - this.#sizeMax;
    this.start = this.#items[cut - 1]?.offset ?? this.start;
    this.#items = this.#items.slice(cut);
  }

  /** The updates whose place is after this one, in order. */
  after(offset: bigint): readonly PlacedUpdate[] {
    let [low, high] = [0, this.#items.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const item = this.#items[middle];
      if (item !== undefined && item.offset > offset) high = middle;
      else low = middle + 1;
    }
    return this.#items.slice(low);
  }
}

/** Remembers the revision of each window that was seen last, of so many windows. */
export class Revisions {
  readonly #known = new Map<string, number>();
  readonly #sizeMax: number;

  constructor(sizeMax: number) {
    this.#sizeMax = sizeMax;
  }

  /** Whether the update is newer than all that were seen of its window; then it is the newest seen. */
  isNews({ window, revision }: LiveUpdate): boolean {
    const known = this.#known.get(window);
    if (known !== undefined && known >= revision) return false;
    this.#known.delete(window);
    this.#known.set(window, revision);
    if (this.#known.size > this.#sizeMax) {
      const oldest = this.#known.keys().next();
      if (!oldest.done) this.#known.delete(oldest.value);
    }
    return true;
  }
}
