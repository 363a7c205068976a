// The id by which one request is found again in answers, logs and traces.

import { randomBytes } from 'node:crypto';

const traceparent = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/;
const noTrace = '0'.repeat(32);

/**
 * Gives the trace id of a W3C `traceparent` header when there is a valid one, else a fresh id: a random prefix of
 * this process and a count. Shorter than 13 characters, V8 makes it one flat string; a longer one is first a pair of
 * strings, and with a flattening later costs twice as much. A random UUID costs several times as much.
 */
export function createRequestIds(): (traceparentHeader: string | string[] | undefined) => string {
  const prefix = randomBytes(5).toString('base64url').slice(0, 6);
  let count = 0;
  return (header) => {
    if (typeof header === 'string') {
      const traceId = traceparent.exec(header)?.[1];
      if (traceId !== undefined && traceId !== noTrace && !header.startsWith('ff')) return traceId;
    }
    count += 1;
    return prefix + count.toString(36);
  };
}
