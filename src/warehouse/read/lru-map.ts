// A map that forgets what was not used for long, once it holds too much.

interface Held<V> {
  readonly value: V;
  readonly weight: number;
  /** The number of the turn in which it went to the end. */
  turn: number;
}

export class LruMap<K, V> {
  readonly #entries = new Map<K, Held<V>>();
  readonly #limit: number;
  readonly #weightMax: number;
  #weight = 0;
  #turn = 0;

  /** Holds at most `limit` entries, and together at most what `weightMax` says, in the unit that `set` is given. */
  constructor(limit: number, weightMax = Number.POSITIVE_INFINITY) {
    this.#limit = limit;
    this.#weightMax = weightMax;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: K): V | undefined {
    const held = this.#entries.get(key);
    if (held === undefined) return undefined;
    // A Map keeps the order of insertion: the one just used goes to the end, unless it is among the last quarter anyway.
    // What is taken out leaves a hole, and a Map full of holes is copied.
    if (this.#turn - held.turn > this.#entries.size >> 2) {
      this.#entries.delete(key);
      this.#append(key, held);
    }
    return held.value;
  }

  /** Something heavier than all that may be held is not kept at all. */
  set(key: K, value: V, weight = 0): void {
    this.#forget(key);
    this.#append(key, { value, weight, turn: 0 });
    this.#weight += weight;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#limit && this.#weight <= this.#weightMax) return;
      this.#forget(oldest);
    }
  }

  #append(key: K, held: Held<V>): void {
    this.#turn += 1;
    held.turn = this.#turn;
    this.#entries.set(key, held);
  }

  #forget(key: K): void {
    this.#weight -= this.#entries.get(key)?.weight ?? 0;
    this.#entries.delete(key);
  }
}
