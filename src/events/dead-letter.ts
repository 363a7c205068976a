// Dead letters: records that are no events, kept with their bytes, where they were and why they were refused.

import { isUtf8 } from 'node:buffer';
import type { LogRecord, NewRecord } from '../stream/event-log.js';

export interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

export interface DeadLetter {
  /** Where the record was. */
  readonly place: Place;
  readonly reason: string;
  readonly refusedAtMs: number;
  /** The record as it was, to be appended again. */
  readonly original: NewRecord;
}

const names = {
  topic: 'flywheel-topic',
  partition: 'flywheel-partition',
  offset: 'flywheel-offset',
  reason: 'flywheel-reason',
  time: 'flywheel-time',
  /** A key that is no text, whose bytes the outbox could not hold. */
  key: 'flywheel-key',
  /** The value was larger than the topic takes and was left out; so many bytes. */
  leftOut: 'flywheel-left-out',
  /** Instead of all of these: that the dead letter at this place of this topic was appended to its topic again. */
  replayed: 'flywheel-replayed',
} as const;
const originalPrefix = 'original-';

/** The dead letter of a record: its value untouched, its key, its headers under a prefix, and what there is to say. */
export function deadLetterOf(letter: {
  readonly record: Pick<LogRecord, 'key' | 'value' | 'headers'>;
  readonly place: Place;
  readonly reason: string;
  readonly refusedAtMs: number;
}): NewRecord {
  const { record, place, reason, refusedAtMs } = letter;
  const headers: Record<string, Buffer | string> = {
    [names.topic]: place.topic,
    [names.partition]: String(place.partition),
    [names.offset]: String(place.offset),
    [names.reason]: reason,
    [names.time]: new Date(refusedAtMs).toISOString(),
  };
  if (record.key !== null && !isText(record.key)) headers[names.key] = record.key;
  for (const [name, value] of Object.entries(record.headers)) headers[originalPrefix + name] = value;
  return { key: record.key?.toString().replaceAll(nul, '\ufffd') ?? null, value: record.value, headers };
}

const nul = '\u0000';

/** Numbers are keys as well, and in eight bytes they hold NUL, which is UTF-8 but no text that PostgreSQL takes. */
function isText(bytes: Buffer): boolean {
  return isUtf8(bytes) && !bytes.includes(0);
}

/** What a record says but for its value, where the value is larger than its topic takes. */
export function withoutValue({ key, value, headers }: NewRecord): NewRecord {
  const bytes = value === null ? 0 : Buffer.byteLength(value);
  return { key, value: null, headers: { ...headers, [names.leftOut]: String(bytes) } };
}

/** Reads a dead letter back; undefined for a record that is none. */
export function readDeadLetter({ key, value, headers }: LogRecord): DeadLetter | undefined {
  const topic = headers[names.topic]?.toString();
  const partition = headers[names.partition]?.toString();
  const offset = headers[names.offset]?.toString();
  const refusedAtMs = Date.parse(headers[names.time]?.toString() ?? '');
  if (topic === undefined || !isWhole(partition) || !isWhole(offset) || Number.isNaN(refusedAtMs))
    return undefined;
  const oddKey = headers[names.key];
  const originalKey = oddKey !== undefined && isUtf8(oddKey) ? oddKey : key;
  const original = Object.entries(headers)
    .filter(([name]) => name.startsWith(originalPrefix))
    .map(([name, bytes]) => [name.slice(originalPrefix.length), bytes] as const);
  return {
    place: { topic, partition: Number(partition), offset: BigInt(offset) },
    reason: reasonIn(headers),
    refusedAtMs,
    original: { key: originalKey?.toString() ?? null, value, headers: Object.fromEntries(original) },
  };
}

function reasonIn(headers: LogRecord['headers']): string {
  const reason = headers[names.reason]?.toString() ?? '';
  const leftOut = headers[names.leftOut]?.toString();
  if (leftOut === undefined) return reason;
  return `${reason} Its ${leftOut} bytes are more than the topic of dead letters takes; they stand at their place for as long as their topic keeps them.`;
}

function isWhole(text: string | undefined): text is string {
  return text !== undefined && /^\d{1,19}$/.test(text);
}

/** The record that says that a dead letter, named by its own place in its topic, was appended again. */
export function replayMark(id: string): NewRecord {
  return { key: null, value: null, headers: { [names.replayed]: id } };
}

/** Which dead letter a record says to have been appended again; undefined when it says nothing of the kind. */
export function replayedBy({ headers }: LogRecord): string | undefined {
  return headers[names.replayed]?.toString();
}
