// What was read of customers, held until something is new about them or too long ago.

import { LruMap } from '../../warehouse/read/lru-map.js';

interface Held<T> {
  readonly value: T;
  readonly mark: string;
  readonly untilMs: number;
}

export interface MarkedMemory<T> {
  /** What is held of these customers, by their codes. */
  held(codes: readonly string[]): ReadonlyMap<string, Omit<Held<T>, 'untilMs'>>;
  /**
   * Holds what was read at the moment `readMs`, by performance.now(), at a place in so many that were read together: some
   * of them are read again sooner, so that they are not all read at once for ever.
   */
  hold(code: string, held: Omit<Held<T>, 'untilMs'>, read: ReadTogether, weight?: number): void;
}

export interface ReadTogether {
  readonly readMs: number;
  readonly place: number;
  readonly count: number;
}

/**
 * A fact that is dated ahead, and believed only once its time comes, leaves the mark of its customer as it was; it counts
 * after so long. Reading customers anew costs more than answering from what is held.
 */
const heldMs = 600_000;

/** Holds at most so many customers, and together at most what `weightMax` says, in the unit that `hold` is given. */
export function createMarkedMemory<T>(customersMax: number, weightMax?: number): MarkedMemory<T> {
  const memory = new LruMap<string, Held<T>>(customersMax, weightMax);
  return {
    held(codes) {
      const nowMs = performance.now();
      const found = new Map<string, Held<T>>();
      for (const code of codes) {
        const held = memory.get(code);
        if (held !== undefined && nowMs < held.untilMs) found.set(code, held);
      }
      return found;
    },
    hold(code, { value, mark }, { readMs, place, count }, weight) {
      memory.set(code, { value, mark, untilMs: readMs + heldMs * (1 - place / (2 * count)) }, weight);
    },
  };
}
