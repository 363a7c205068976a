// Waiting until a reader of a log has come to a place.

interface Waiting {
  readonly offset: bigint;
  readonly arrive: () => void;
}

export class Arrivals {
  #position = 0n;
  #waiting: Waiting[] = [];

  /** The reader stands there now, which may also be further back than before. */
  moveTo(position: bigint): void {
    this.#position = position;
    this.#waiting = this.#waiting.filter(({ offset, arrive }) => {
      if (offset > position) return true;
      arrive();
      return false;
    });
  }

  /** Resolves when the reader stands at the place or behind it, and after so many milliseconds in any case. */
  wait(offset: bigint, timeoutMs: number): Promise<void> {
    if (this.#position >= offset) return Promise.resolve();
    return new Promise((resolve) => {
      const waiting = {
        offset,
        arrive() {
          clearTimeout(timer);
          resolve();
        },
      };
      const timer = setTimeout(() => {
        this.#waiting = this.#waiting.filter((other) => other !== waiting);
        resolve();
      }, timeoutMs);
      this.#waiting.push(waiting);
    });
  }

  /** Nobody waits any longer. */
  end(): void {
    for (const { arrive } of this.#waiting.splice(0)) arrive();
  }
}
