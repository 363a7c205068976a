// Records as kafkajs gives them, turned into those of the port.

import type { KafkaMessage } from 'kafkajs';
import type { LogRecord } from './event-log.js';

export function logRecord({ offset, key, value, headers, timestamp }: KafkaMessage): LogRecord {
  return {
    offset: BigInt(offset),
    key,
    value,
    headers: headers === undefined ? noHeaders : headersOf(headers),
    appendedAtMs: Number(timestamp),
  };
}

const noHeaders: LogRecord['headers'] = Object.freeze({});

/** Of a header that stands there several times, the last one counts; one without a value is left out. */
function headersOf(headers: NonNullable<KafkaMessage['headers']>): LogRecord['headers'] {
  const entries = Object.entries(headers);
  if (entries.length === 0) return noHeaders;
  return Object.fromEntries(
    entries.flatMap(([name, given]) => {
      const value = Array.isArray(given) ? given.at(-1) : given;
      return value === undefined || value === null ? [] : [[name, Buffer.from(value)] as const];
    }),
  );
}
