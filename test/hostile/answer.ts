// Sends a hostile request as it is, and judges the answer.

import { request as httpRequest } from 'node:http';
import { z } from 'zod';
import { errorCodes } from '../../src/core/errors.js';
import type { HostileRequest } from './request.js';

export interface Answer {
  /** 0 when the connection broke. */
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** Sends without the help of fetch, which would put right or refuse some of what is wrong with a request. */
export function send(url: string, { method, path, headers, body }: HostileRequest): Promise<Answer> {
  return new Promise((resolve) => {
    const broken = (error: Error) => resolve({ status: 0, type: '', text: error.message });
    const request = httpRequest(new URL(url), { method, path, headers: { ...headers } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          type: response.headers['content-type'] ?? '',
          text: Buffer.concat(chunks).toString(),
        }),
      );
      response.on('error', broken);
    });
    request.on('error', broken);
    request.end(body);
  });
}

const answered = z.object({
  errors: z
    .array(z.object({ message: z.string().min(1), extensions: z.object({ code: z.enum(errorCodes) }) }))
    .nonempty()
    .optional(),
});

/** Words that only our insides would say. */
const insides =
  /\bat \S+ \(|node_modules|\.[tj]s:\d+|fact_sales|dim_product|dim_customer|prisma|kysely|syntax error at or near|pg_catalog/i;

/** What is wrong with an answer, or undefined. */
export function faultOf({ status, type, text }: Answer, sent: HostileRequest): string | undefined {
  if (status < 200 || status >= 500) return `status ${status} ${text.slice(0, 200)}`;
  if (/"code":\s*"INTERNAL"/.test(text)) return `INTERNAL: ${text.slice(0, 300)}`;
  // Streams of events, the page, health and empty answers hold no single JSON document.
  if (!type.includes('json') || text === '' || sent.path.startsWith('/healthz')) return undefined;
  for (const { message } of answered.parse(JSON.parse(text)).errors ?? []) {
    // What the caller wrote may be quoted; what it did not write must not appear.
    const said = insides.exec(message)?.[0];
    if (said !== undefined && !sent.body?.includes(said)) return `says ${said}: ${message}`;
  }
  return undefined;
}
