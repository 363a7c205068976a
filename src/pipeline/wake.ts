// Waking by notification, with a clock beneath it in case one is lost.

import { pause } from '../core/pause.js';

/** Where notifications of other processes are heard. */
export interface Notifications {
  /** Calls back for every notification on the channel, and whenever some may have been missed; returns what ends it. */
  on(channel: string, callback: () => void): () => void;
}

/** What somebody waits for who is woken by a channel. */
export interface Wake {
  /** Resolves when there was a notification since the last call, or after that time, or when `signal` is aborted. */
  wait(timeoutMs: number, signal: AbortSignal): Promise<void>;
  close(): void;
}

export function createWake(notifications: Notifications | undefined, channel: string): Wake {
  let isRung = false;
  let ring = () => {
    isRung = true;
  };
  const unrung = ring;
  const end = notifications?.on(channel, () => ring());
  return {
    async wait(timeoutMs, signal) {
      if (!isRung) {
        const rung = new AbortController();
        const cut = () => rung.abort();
        ring = cut;
        signal.addEventListener('abort', cut, { once: true });
        await pause(signal.aborted ? 0 : timeoutMs, rung.signal);
        signal.removeEventListener('abort', cut);
        ring = unrung;
      }
      isRung = false;
    },
    close() {
      end?.();
    },
  };
}

/** Does work that is woken by a channel; the waking ends with it, however it ends. */
export async function whileWoken(
  notifications: Notifications | undefined,
  channel: string,
  work: (wake: Wake) => Promise<void>,
): Promise<void> {
  const wake = createWake(notifications, channel);
  try {
    await work(wake);
  } finally {
    wake.close();
  }
}
