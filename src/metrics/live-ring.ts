// Results of the feed in their order, the newest so many of them, found again by their place.

import type { LiveUpdate } from './live.js';

/**
 * A result as the log has it. As one text it takes half of the memory that its update would, and is one object instead
 * of twenty for the garbage collector, which finds it too old to be cheap.
 */
export interface PlacedResult {
  /** The place after it. */
  readonly offset: bigint;
  readonly cut: string;
  readonly text: string;
  readonly appendedAtMs: number;
}

/** Covers the feed from `start` on; what is older than the newest `sizeMax` results is let go. */
export class LiveRing {
  /** Every result that was given with a place after this one is here. */
  start: bigint;
  #items: PlacedResult[] = [];
  readonly #sizeMax: number;

  constructor(start: bigint, sizeMax: number) {
    this.start = start;
    this.#sizeMax = sizeMax;
  }

  push(item: PlacedResult): void {
    this.#items.push(item);
    // Cut seldom, and then much: each cut copies what stays.
    if (this.#items.length < this.#sizeMax * 2) return;
    const cut = this.#items.length - this.#sizeMax;
    this.start = this.#items[cut - 1]?.offset ?? this.start;
    this.#items = this.#items.slice(cut);
  }

  /** The results whose place is after this one, in order. */
  after(offset: bigint): readonly PlacedResult[] {
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

/**
 * Remembers the revision of each window that was seen last: of the newest `sizeMax` windows at least, of twice as many
 * at most.
 */
export class Revisions {
  readonly #sizeMax: number;
  #recent = new Map<string, number>();
  #older = new Map<string, number>();

  constructor(sizeMax: number) {
    this.#sizeMax = sizeMax;
  }

  /** Whether the update is newer than all that were seen of its window; then it is the newest seen. */
  isNews({ window, revision }: Pick<LiveUpdate, 'window' | 'revision'>): boolean {
    const known = this.#recent.get(window) ?? this.#older.get(window);
    if (known !== undefined && known >= revision) return false;
    this.#recent.set(window, revision);
    if (this.#recent.size > this.#sizeMax) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    return true;
  }
}

/** Those of a cut after a place, but for what the relay sent again, which is the same text as before. */
export function unrepeated(items: readonly PlacedResult[], cut: string, after: bigint): PlacedResult[] {
  const own = items.filter((item) => item.cut === cut);
  if ((own.at(-1)?.offset ?? 0n) <= after) return [];
  const seen = new Set<string>();
  return own.filter(({ text, offset }) => {
    const isNews = !seen.has(text);
    seen.add(text);
    return isNews && offset > after;
  });
}
