// One response that stays open as a stream of server-sent events; the reader's pace is watched.

import type { ServerResponse } from 'node:http';
import type { Exchange } from '../../src/core/exchange.js';

/** A reader for whom so much waits in memory is behind. */
const behindBytes = 16 * 1024;
/** A reader for whom so much waits is cut off: whoever asks without reading must not fill our memory. */
const waitingBytesMax = 16 * 1024 * 1024;
/** Comments keep proxies from hanging up on a stream on which nothing happens. */
const heartbeatMs = 15_000;
/** A reader that took nothing during so many heartbeats is gone. */
const silentBeatsMax = 4;

const heartbeat = Buffer.from(':\n\n');
/** The data is empty but there: without it, a browser's EventSource would not tell of the event. */
export const completeEvent = Buffer.from('event: complete\ndata:\n\n');

export class EventStream {
  /** Called when the reader has caught up after `write` returned false. */
  onDrain: () => void = () => undefined;
  readonly #response: ServerResponse;
  #isBehind = false;
  #silentBeats = 0;

  constructor(exchange: Exchange) {
    this.#response = exchange.response;
    this.#response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      // Asks nginx to hand on what comes at once.
      'x-accel-buffering': 'no',
    });
    // Some browsers take the stream for open only once something came.
    this.#response.write(heartbeat);
  }

  /** False when the reader is behind: what can wait should then wait for `onDrain`. */
  write(event: Buffer): boolean {
    const response = this.#response;
    if (response.writableEnded || response.destroyed) return true;
    if (response.writableLength > waitingBytesMax) {
      response.destroy();
      return true;
    }
    if (this.#isBehind || response.writableLength + event.length <= behindBytes) {
      response.write(event);
      return !this.#isBehind;
    }
    this.#isBehind = true;
    response.write(event, this.#written);
    return false;
  }

  readonly #written = (error?: Error | null) => {
    this.#isBehind = false;
    this.#silentBeats = 0;
    if (!error && !this.#response.writableEnded) this.onDrain();
  };

  beat(): void {
    if (!this.#isBehind) {
      this.#response.write(heartbeat);
      return;
    }
    this.#silentBeats += 1;
    if (this.#silentBeats >= silentBeatsMax) this.#response.destroy();
  }

  end(): void {
    this.#response.end();
  }
}

/** The streams that are open, with one heartbeat for all of them. */
export class EventStreams {
  readonly #open = new Set<EventStream>();
  #timer: NodeJS.Timeout | undefined;

  /** Opens the response of an exchange; `onGone` is called when its reader has left or the stream has ended. */
  open(exchange: Exchange, onGone: () => void): EventStream {
    const stream = new EventStream(exchange);
    this.#open.add(stream);
    this.#timer ??= setInterval(() => this.beat(), heartbeatMs).unref();
    exchange.response.once('close', () => {
      this.#open.delete(stream);
      if (this.#open.size === 0) {
        clearInterval(this.#timer);
        this.#timer = undefined;
      }
      onGone();
    });
    return stream;
  }

  beat(): void {
    for (const stream of this.#open) stream.beat();
  }

  /** Ends all of them without a last event, so that readers connect again. */
  close(): void {
    for (const stream of this.#open) stream.end();
  }
}
