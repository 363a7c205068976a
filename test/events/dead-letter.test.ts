// A dead letter keeps all of its record.

import { describe, expect, it } from 'vitest';
import {
  deadLetterOf,
  readDeadLetter,
  replayedBy,
  replayMark,
  withoutValue,
} from '../../src/events/dead-letter.js';
import type { LogRecord, NewRecord } from '../../src/stream/event-log.js';

/** As the log gives back what was appended. */
function stored({ key, value, headers = {} }: NewRecord): LogRecord {
  return {
    offset: 3n,
    appendedAtMs: 9,
    key: key === null ? null : Buffer.from(key),
    value: typeof value === 'string' ? Buffer.from(value) : value,
    headers: Object.fromEntries(Object.entries(headers).map(([name, bytes]) => [name, Buffer.from(bytes)])),
  };
}

const place = { topic: 'user-behavior', partition: 2, offset: 9_007_199_254_740_993n };
const reason = 'It is not JSON (…), «é».';

describe('a dead letter', () => {
  it('gives back the record as it was, its place, the reason and the time', () => {
    const record = {
      key: Buffer.from('k1'),
      value: Buffer.from([0, 255, 1]),
      headers: { ce_id: Buffer.from('1'), 'flywheel-topic': Buffer.from('of the producer') },
    };
    const letter = readDeadLetter(
      stored(deadLetterOf({ record, place, reason, refusedAtMs: 1_700_000_000_123 })),
    );
    expect(letter).toEqual({
      place,
      reason,
      refusedAtMs: 1_700_000_000_123,
      original: { key: 'k1', value: record.value, headers: record.headers },
    });
  });

  it('takes records without a key or a value, and keys that are no text', () => {
    const record = { key: null, value: null, headers: {} };
    expect(readDeadLetter(stored(deadLetterOf({ record, place, reason, refusedAtMs: 1 })))?.original).toEqual(
      record,
    );
    const odd = deadLetterOf({
      record: { ...record, key: Buffer.from([0xff]) },
      place,
      reason,
      refusedAtMs: 1,
    });
    expect(odd.headers?.['flywheel-key']).toEqual(Buffer.from([0xff]));
  });

  it('gives back a key of numbers, although its own key is a text without NUL', () => {
    const key = Buffer.from([0, 0, 0, 0, 0, 0, 0, 5]);
    const letter = deadLetterOf({
      record: { key, value: null, headers: {} },
      place,
      reason,
      refusedAtMs: 1,
    });
    expect(letter.key).not.toContain('\u0000');
    expect(readDeadLetter(stored(letter))?.original.key).toBe(key.toString());
  });

  it('says where its value is when that had to be left out', () => {
    const record = { key: null, value: Buffer.alloc(7), headers: {} };
    const letter = readDeadLetter(
      stored(withoutValue(deadLetterOf({ record, place, reason, refusedAtMs: 1 }))),
    );
    expect(letter?.original.value).toBeNull();
    expect(letter?.reason).toContain(reason);
    expect(letter?.reason).toContain('7 bytes');
  });

  it('is told from other records', () => {
    expect(readDeadLetter(stored({ key: null, value: 'x' }))).toBeUndefined();
    const mark = stored(replayMark('0/3'));
    expect(readDeadLetter(mark)).toBeUndefined();
    expect(replayedBy(mark)).toBe('0/3');
  });
});
