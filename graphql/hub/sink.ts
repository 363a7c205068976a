// What a transport gives the hub for each subscription, and what it gets in return.

import type { HubMessage } from './message.js';

/** Where the messages of one subscription go. */
export interface Sink {
  /**
   * Hands a message over. False when the reader is behind: it is then called again only after `resume`, except for a
   * last word before `complete`.
   */
  next(message: HubMessage): boolean;
  /** It cannot be served, or no longer; nothing follows. */
  fail(error: unknown): void;
  /** It has ended; nothing follows. */
  complete(): void;
}

export interface Subscription {
  /** The reader has caught up after `next` returned false. */
  resume(): void;
  /** Nobody reads any more. */
  stop(): void;
}
