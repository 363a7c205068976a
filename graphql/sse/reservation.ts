// A reserved event stream and the operations on it; what comes before the stream is opened waits here, within bounds.

import type { EventStream } from './event-stream.js';
import type { RunningOperation } from './running.js';

export interface Operation {
  running: RunningOperation | undefined;
  abandon: () => void;
}

/** The room that all reservations share for what waits. */
export class EarlyRoom {
  #bytes = 0;

  constructor(private readonly bytesMax: number) {}

  /** Whether there was room for so much. */
  take(bytes: number): boolean {
    if (this.#bytes + bytes > this.bytesMax) return false;
    this.#bytes += bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#bytes -= bytes;
  }
}

export class Reservation {
  stream: EventStream | undefined;
  readonly operations = new Map<string, Operation>();
  /** What came before the stream was opened: a message or two of each operation, and whole results. */
  #early: Buffer[] = [];
  #isOver = false;

  constructor(
    readonly principal: string,
    readonly untilMs: number,
    private readonly room: EarlyRoom,
    /** Called when there is no room for what comes: whoever asks without reading must not fill our memory. */
    private readonly onOverflow: () => void,
  ) {}

  write(event: Buffer): boolean {
    if (this.stream !== undefined) return this.stream.write(event);
    if (this.#isOver) return true;
    if (this.room.take(event.length)) this.#early.push(event);
    else this.onOverflow();
    return false;
  }

  fulfil(stream: EventStream): void {
    this.stream = stream;
    stream.onDrain = () => this.#resume();
    let goesOn = true;
    for (const event of this.#takeEarly()) goesOn = stream.write(event);
    if (goesOn) this.#resume();
  }

  stop(id: string): void {
    const operation = this.operations.get(id);
    this.operations.delete(id);
    operation?.running?.stop();
    operation?.abandon();
  }

  /** Stops all operations, and lets go of what waits. */
  end(): void {
    this.#isOver = true;
    for (const id of this.operations.keys()) this.stop(id);
    this.#takeEarly();
  }

  #resume(): void {
    for (const { running } of this.operations.values()) running?.resume();
  }

  #takeEarly(): readonly Buffer[] {
    const early = this.#early;
    this.#early = [];
    this.room.giveBack(early.reduce((sum, { length }) => sum + length, 0));
    return early;
  }
}
