// Looks at every statement that goes to PostgreSQL, and keeps those that are not ours.

import { createHash } from 'node:crypto';
import pg from 'pg';
import { vi } from 'vitest';
import { z } from 'zod';
import { markPattern } from './request.js';

export interface Statements {
  /** How many different ones there were. */
  distinct(): number;
  /** Those that do more than read, or hold what a caller wrote. */
  readonly foreign: string[];
  stop(): void;
}

/** How our statements begin: the gateway only reads. */
const reading = /^\s*(SELECT|WITH|BEGIN|COMMIT|ROLLBACK|SET|DISCARD|DEALLOCATE)\b/i;

/**
 * A name that the caller chose for a part of the answer: nothing but letters, digits and underscores, as a
 * JSON key or, for a record that PostgreSQL writes as JSON, as the quoted name of its column.
 */
const responseKey = /"[_A-Za-z][_0-9A-Za-z]*":|\bas "[_A-Za-z][_0-9A-Za-z]*"(?=[,)])/g;

const config = z.object({ text: z.string() });

/** Watches all clients of pg in this process, Prisma's included, until `stop`. Keeps no statement of ours in memory. */
export function watchStatements(): Statements {
  const digests = new Set<string>();
  const foreign: string[] = [];
  const plain = pg.Client.prototype.query;
  const spy = vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (
    this: pg.Client,
    ...args: unknown[]
  ) {
    const [first] = args;
    const text = typeof first === 'string' ? first : config.safeParse(first).data?.text;
    if (text !== undefined) {
      digests.add(createHash('sha256').update(text).digest('base64'));
      if (!reading.test(text) || markPattern.test(text.replace(responseKey, ''))) foreign.push(text);
    }
    return Reflect.apply(plain, this, args);
  });
  return { distinct: () => digests.size, foreign, stop: () => spy.mockRestore() };
}
