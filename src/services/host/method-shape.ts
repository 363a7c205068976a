// The shapes of one method, as both ends check them: what comes in, and what goes out.

import { z } from 'zod';
import { FlywheelError } from '../../core/errors.js';
import { checkItems } from './check-items.js';
import { firstFault } from './schema-faults.js';
import type { Method, Reply } from './service-contract.js';

export interface MethodShape {
  readonly name: string;
  /** Whether it may refuse items that its schema takes. */
  readonly refuses: boolean;
  /** The items as their schema reads them. Throws BAD_INPUT, and LIMIT_EXCEEDED for too many. */
  readItems(items: readonly unknown[]): readonly unknown[];
  /** The reply to so many items, as its schemas read it. Throws INTERNAL: whoever sent it does not keep the contract. */
  readReply(reply: unknown, count: number): Reply;
}

export interface MethodShapeOptions {
  readonly service: string;
  readonly name: string;
  readonly method: Method<unknown, unknown>;
}

export function createMethodShape({ service, name, method }: MethodShapeOptions): MethodShape {
  const replySchema = replySchemaOf(method);
  const wrong = (fault: string) =>
    new FlywheelError('INTERNAL', `${service} answered ${name} against its contract: ${fault}.`);
  return {
    name,
    refuses: method.refuses ?? false,
    readItems: (items) => checkItems(method, items),
    readReply(sent, count) {
      const read = replySchema.safeParse(sent);
      if (!read.success) throw wrong(firstFault(read.error));
      const { results } = read.data;
      if (results.length !== count) throw wrong(`${results.length} results for ${count} items`);
      return read.data;
    },
  };
}

/** What a method answers: the model that did, and one result, or null, for each item. */
export function replySchemaOf({ result }: Method<unknown, unknown>) {
  return z.object({
    model: z
      .string()
      .min(1)
      .max(200)
      .nullable()
      .describe('The model that answered, as SERVICE/VERSION; null without one.'),
    results: z
      .array(result.nullable())
      .describe('One for each item, in their order; null where nothing is known of an item.'),
  });
}
