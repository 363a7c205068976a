// What the contract suite of the event log asks of a server that it runs on, and small things all its tests use.

import { randomBytes } from 'node:crypto';
import { vi } from 'vitest';
import type { EventLog, NewRecord } from '../../src/stream/event-log.js';

/** A log of its own, as one process has it, which can be ended without a goodbye. */
export interface MortalLog {
  readonly log: EventLog;
  /**
   * From then on it is as if the process were gone or its cable cut: nothing of it reaches the server any more.
   * Closing `log` afterwards must still end.
   */
  die(): Promise<void>;
}

/** An append of one record that is under way and not finished. */
export interface HeldAppend {
  /** Finishes it: `commit` makes the record part of the log, `abort` leaves no record. */
  finish(how: 'commit' | 'abort'): Promise<void>;
}

/** A real server, and the ways into it that the port does not have. */
export interface LogServer {
  /** A log with connections of its own, as another process would have it; the suite closes it. */
  connect(): Promise<EventLog>;
  connectMortal(): Promise<MortalLog>;
  deleteTopic(topic: string): Promise<void>;
  /**
   * Begins a transaction that appends one record to that partition, and keeps it open. Appends of others to the
   * partition may wait for it, or be invisible until it ends.
   */
  holdAppend(topic: string, partition: number, value: string): Promise<HeldAppend>;
  close(): Promise<void>;
}

export function newName(prefix: string): string {
  return `${prefix}-${randomBytes(6).toString('hex')}`;
}

/** Waits until `check` throws no more; how long it takes is not what is tested. */
export function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: 40_000, interval: 25 });
}

/** How long a test of the suite may take: a member that died may be missed only after its session has run out. */
export const contractTimeoutMs = 90_000;

/** Records that bear the numbers from `from` on, with keys that are used again and again. */
export function numbered(count: number, { from = 0, keys = 7 } = {}): NewRecord[] {
  return Array.from({ length: count }, (_, index) => ({
    key: `key-${(from + index) % keys}`,
    value: String(from + index),
  }));
}

export function numbers(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => from + index);
}

/** A topic that exists, with that many partitions. */
export async function newTopic(log: EventLog, partitions: number): Promise<string> {
  const name = newName('contract');
  await log.ensureTopics([{ name, partitions }]);
  return name;
}

/** A promise with its handle outside. */
export function createGate(): { readonly opened: Promise<void>; open(): void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
