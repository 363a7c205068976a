// The whole body of a request, never more of it than the limit.

import type { IncomingMessage } from 'node:http';
import { FlywheelError } from '../../core/errors.js';

/** Rejects with LIMIT_EXCEEDED for a longer one, whose rest is dropped, and with CANCELLED when the sender leaves. */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      if (!Buffer.isBuffer(chunk)) continue;
      sizeBytes += chunk.length;
      if (sizeBytes > limitBytes) break;
      chunks.push(chunk);
    }
  } catch (error) {
    throw new FlywheelError('CANCELLED', 'The caller left before the request was there.', { cause: error });
  }
  if (sizeBytes <= limitBytes) return Buffer.concat(chunks, sizeBytes);
  request.resume();
  throw new FlywheelError(
    'LIMIT_EXCEEDED',
    `The body is longer than ${limitBytes} bytes; send fewer items at once.`,
  );
}
