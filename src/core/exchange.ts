// What the front door hands to a room that answers: one HTTP exchange, already let in.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Scope } from './scope.js';

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The whole body, within the size limit; empty when the method has none. */
  readonly body: Buffer;
  readonly scope: Scope;
  /** The id that every answer and log line of this request carries. */
  readonly requestId: string;
  /**
   * Registers what to do when the client leaves before it is answered; a plain callback, because an
   * AbortController for each request is a measurable part of a small query.
   */
  onAbandon(callback: () => void): void;
}

/** Answers an exchange completely; rejects only on a bug, which the door turns into a 500 without internals. */
export type ExchangeHandler = (exchange: Exchange) => Promise<void> | void;
