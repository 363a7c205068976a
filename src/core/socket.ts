// What the front door hands to a room that converses: one WebSocket, already let in.

import type { Scope } from './scope.js';

/** What somebody shows to say who they are, as the headers of a request or in the first message of a socket. */
export interface Credentials {
  /** As in the header Authorization: `Bearer KEY`. */
  readonly authorization?: string | undefined;
  /** As in the header X-API-Key. */
  readonly apiKey?: string | undefined;
}

export interface DoorSocket {
  /** The sub-protocol that both sides speak; empty when the client asked for none that is known here. */
  readonly protocol: string;
  /** The id that every log line about this socket carries. */
  readonly requestId: string;
  /** Who opened it, as far as its headers told; undefined while a key is still to be shown. */
  readonly scope: Scope | undefined;
  /** The scope of whoever shows these; undefined when no key is among them, or none that is known. */
  identify(credentials: Credentials): Scope | undefined;
  /**
   * Sends one text message, whose bytes are `head` and then `body`. False when the reader is behind: what can wait
   * should then wait for `onDrain`, which follows in any case; what is sent all the same is held in memory. A reader
   * that is far behind is cut off.
   */
  send(head: Buffer, body?: Buffer): boolean;
  /** Says goodbye and closes; nothing is sent or heard any more. */
  close(code: number, reason: string): void;
}

/** What the room does when something happens on a socket. */
export interface SocketListener {
  onMessage(text: string): void;
  /** The reader has caught up after `send` returned false. */
  onDrain(): void;
  /** The socket is gone, for whatever reason; called once. */
  onClose(): void;
}

/** Takes a socket over; called once for each, before anything is heard on it. */
export type SocketHandler = (socket: DoorSocket) => SocketListener;
