// Hears notifications of PostgreSQL: one connection for all channels, made anew whenever it breaks.

import { createBackoff, pause } from '../core/pause.js';
import { type OwnConnection, openOwnConnection } from './postgres-own-connection.js';

/** `payload` is undefined when nothing was heard but something may have been missed. */
export type Heard = (payload: string | undefined) => void;

export interface Listener {
  /**
   * Calls back for every notification on the channel, and once when listening begins and after every time that the
   * connection was lost. What a callback throws goes to `onFault`, and the others are called all the same. Returns what
   * ends it.
   */
  on(channel: string, callback: Heard): () => void;
  /** Ends the connection; no callback is called afterwards. */
  close(): Promise<void>;
}

export interface ListenerDeps {
  readonly url: string;
  /** Told of every loss, every failed attempt, and what a callback throws; listening goes on by itself. */
  readonly onFault?: (error: unknown) => void;
}

/** How often an idle connection is asked whether it still lives. */
const pingMs = 10_000;

/** Connects when the first channel is asked for. */
export function createListener({ url, onFault }: ListenerDeps): Listener {
  const channels = new Map<string, Set<Heard>>();
  const closing = new AbortController();
  let connection: OwnConnection | undefined;
  let running: Promise<void> | undefined;

  function tell(channel: string, payload: string | undefined): void {
    if (closing.signal.aborted) return;
    for (const callback of channels.get(channel) ?? []) call(callback, payload);
  }

  /** An error that left a callback here would end the process. */
  function call(callback: Heard, payload: string | undefined): void {
    try {
      callback(payload);
    } catch (error) {
      onFault?.(error);
    }
  }

  /** Resolves when the connection is over. */
  async function listen(onListening: () => void): Promise<void> {
    const lost = new AbortController();
    const own = await openOwnConnection({
      url,
      applicationName: 'flywheel listener',
      onLost: (error) => lost.abort(error),
    });
    const over = AbortSignal.any([lost.signal, closing.signal]);
    try {
      own.client.on('notification', ({ channel, payload }) => tell(channel, payload));
      connection = own;
      for (const channel of channels.keys()) await begin(own, channel);
      onListening();
      for (;;) {
        await pause(pingMs, over);
        if (over.aborted) break;
        await own.query('SELECT 1');
      }
      if (lost.signal.aborted) throw lost.signal.reason;
    } finally {
      connection = undefined;
      await own.close();
    }
  }

  async function begin(own: OwnConnection, channel: string): Promise<void> {
    await own.query(`LISTEN ${own.client.escapeIdentifier(channel)}`);
    tell(channel, undefined);
  }

  async function run(): Promise<void> {
    const backoff = createBackoff();
    while (!closing.signal.aborted) {
      await listen(() => backoff.reset()).catch((error: unknown) => onFault?.(error));
      await backoff.wait(closing.signal);
    }
  }

  return {
    on(channel, callback) {
      const callbacks = channels.get(channel) ?? new Set();
      const isNew = callbacks.size === 0;
      // Each registration counts by itself, even of the same function.
      const own: Heard = (payload) => callback(payload);
      callbacks.add(own);
      channels.set(channel, callbacks);
      running ??= run();
      // Where there is no connection yet, all channels are begun with it; one that breaks here is made anew.
      if (connection) {
        if (isNew) begin(connection, channel).catch(() => {});
        else queueMicrotask(() => callbacks.has(own) && call(own, undefined));
      }
      return () => {
        callbacks.delete(own);
      };
    },
    async close() {
      closing.abort();
      await running;
    },
  };
}
