// The id by which one request is found again in answers, logs and traces.

import { randomBytes } from 'node:crypto';

const traceparent = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/;
const noTrace = '0'.repeat(32);

/**
 * Gives the trace id of a W3C `traceparent` header when there is a valid one, else a fresh id: a random prefix of
 * this process and a count, a tenth of the price of a random UUID.
 */
export function createRequestIds(): (traceparentHeader: string | string[] | undefined) => string {
  const prefix = `${randomBytes(6).toString('hex')}-`;
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
