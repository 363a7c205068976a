// One HTTP exchange as the door holds it, the route it takes, and the headers that every answer of ours bears.

import {
  IncomingMessage,
  type OutgoingHttpHeader,
  type OutgoingHttpHeaders,
  ServerResponse,
} from 'node:http';
import type { Exchange } from '../core/exchange.js';
import { openScope, type Scope } from '../core/scope.js';
import type { SocketHandler } from '../core/socket.js';

// The exchange hangs on the request and the response themselves, so that one listener, shared by all
// requests, finds it; a closure for each request and event is a measurable part of a small query.
export class DoorRequest extends IncomingMessage {
  exchange: DoorExchange | undefined = undefined;
}

type Headers = OutgoingHttpHeaders | OutgoingHttpHeader[];

export class DoorResponse extends ServerResponse<DoorRequest> {
  exchange: DoorExchange | undefined = undefined;

  /**
   * Adds our own headers to whatever the handler answers, also when it never calls writeHead itself. They go in as
   * one flat array, because Node writes that as it is, while `setHeader` would send it the slow way for all of them.
   */
  override writeHead(statusCode: number, reason?: string | Headers, headers?: Headers): this {
    const { exchange } = this;
    const given = typeof reason === 'object' ? reason : headers;
    const all: OutgoingHttpHeader[] = [];
    if (Array.isArray(given)) {
      all.push(...given);
    } else if (given !== undefined) {
      for (const name in given) {
        const value = given[name];
        if (value !== undefined) all.push(name, value);
      }
    }
    if (exchange !== undefined) {
      exchange.pushHeaders(all);
      if (exchange.isLast) this.shouldKeepAlive = false;
    }
    return typeof reason === 'string'
      ? super.writeHead(statusCode, reason, all)
      : super.writeHead(statusCode, all);
  }
}

/** What all exchanges of one door share. */
export interface DoorState {
  /** Answers differ by Origin, because the pages of some origins are let in. */
  readonly variesByOrigin: boolean;
  /** No further request is wanted on any connection. */
  isClosing: boolean;
}

export interface Route {
  /** The methods it answers, as its Allow header names them. */
  readonly allow: string;
  readonly methods: ReadonlySet<string>;
  /** Answers also those who show no key; what it tells them is the handler's decision (`isIdentified`). */
  readonly needsNoKey: boolean;
  readonly record: (status: number, durationMs: number) => void;
  readonly handle: (exchange: DoorExchange) => Promise<void> | void;
  /** Whether the body of a POST may be of this content type; JSON unless it is said. */
  readonly reads?: (contentType: string | undefined) => boolean;
  /** What the sender of another type is told. */
  readonly notRead?: string;
  /** What a browser gets instead, when it asks for a page. */
  readonly page?: (exchange: DoorExchange) => Promise<void> | void;
  /** Who takes over a WebSocket that is opened here; undefined when none is. */
  readonly sockets?: SocketHandler;
}

const noBody = Buffer.alloc(0);

export class DoorExchange implements Exchange {
  body: Buffer = noBody;
  scope: Scope = openScope;
  /** Whether we know who asks: true without keys, and with one of them. */
  isIdentified = true;
  /** The route that answers; undefined when the address is not one of ours. */
  route: Route | undefined = undefined;
  /** A page of another origin asks, and configuration lets it read the answer. */
  corsOrigin: string | undefined = undefined;
  /** The answer is a page for a browser, which must not appear inside somebody else's. */
  isPage = false;
  /** The client asks for a WebSocket; it may show its key later, because browsers cannot send it along. */
  isSocket = false;
  bodySizeBytes = 0;
  isRefused = false;
  #isAbandoned = false;
  #onAbandon: (() => void) | undefined = undefined;

  constructor(
    readonly request: DoorRequest,
    readonly response: DoorResponse,
    readonly requestId: string,
    readonly arrivedMs: number,
    private readonly door: DoorState,
  ) {
    request.exchange = this;
    response.exchange = this;
  }

  onAbandon(callback: () => void): void {
    const earlier = this.#onAbandon;
    if (this.#isAbandoned) callback();
    else if (earlier === undefined) this.#onAbandon = callback;
    else {
      this.#onAbandon = () => {
        earlier();
        callback();
      };
    }
  }

  /** The client left before it was answered: whatever still works for it may stop. */
  abandon(): void {
    this.#isAbandoned = true;
    this.#onAbandon?.();
    this.#onAbandon = undefined;
  }

  get isLast(): boolean {
    return this.door.isClosing;
  }

  pushHeaders(headers: OutgoingHttpHeader[]): void {
    headers.push('x-request-id', this.requestId);
    // Only what an address in a page can lead to is ever sniffed, and those are not POSTs.
    if (this.request.method !== 'POST') headers.push('x-content-type-options', 'nosniff');
    if (this.door.variesByOrigin) headers.push('vary', 'origin');
    if (this.corsOrigin !== undefined) {
      headers.push('access-control-allow-origin', this.corsOrigin);
      headers.push('access-control-expose-headers', 'x-request-id, retry-after');
    }
    if (this.isPage) {
      headers.push('content-security-policy', "frame-ancestors 'none'", 'x-frame-options', 'DENY');
      headers.push('referrer-policy', 'no-referrer');
    }
  }
}
