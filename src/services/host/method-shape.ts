// The shapes of one method, as both ends check them: what comes in, and what goes out.

import { z } from 'zod';
import { FlywheelError } from '../../core/errors.js';
import { parsedJson } from '../../core/parsed-json.js';
import { checkItems } from './check-items.js';
import { firstFault } from './schema-faults.js';
import { type Method, type Reply, WrittenReply } from './service-contract.js';

export interface MethodShape {
  readonly name: string;
  /** Whether it may refuse items that its schema takes. */
  readonly refuses: boolean;
  /** The items as their schema reads them. Throws BAD_INPUT, and LIMIT_EXCEEDED for too many. */
  readItems(items: readonly unknown[]): readonly unknown[];
  /**
   * The reply to so many items, as its schemas read it; `known` gives results of written ones that were read before.
   * Throws INTERNAL: whoever sent it does not keep the contract.
   */
  readReply(reply: unknown, count: number, known?: KnownResult): Reply;
}

/** The result at a place of a reply, if what this text says there has been read already. */
export type KnownResult = (place: number, text: string) => { readonly result: unknown } | undefined;

export interface MethodShapeOptions {
  readonly service: string;
  readonly name: string;
  readonly method: Method<unknown, unknown>;
}

export function createMethodShape({ service, name, method }: MethodShapeOptions): MethodShape {
  const replySchema = replySchemaOf(method);
  const { model: modelSchema, models: modelsSchema, results: resultsSchema } = replySchema.shape;
  const resultSchema = resultsSchema.element;
  const wrong = (fault: string) =>
    new FlywheelError('INTERNAL', `${service} answered ${name} against its contract: ${fault}.`);
  const ofCount = (answers: readonly unknown[], count: number) => {
    if (answers.length !== count) throw wrong(`${answers.length} results for ${count} items`);
  };

  function readText(text: string, place: number): unknown {
    const read = resultSchema.safeParse(parsedJson(text));
    if (read.success) return read.data;
    throw wrong(firstFault(read.error, ['results', place]));
  }

  function readWritten({ model, models, texts }: WrittenReply, count: number, known?: KnownResult): Reply {
    const read = modelSchema.safeParse(model);
    if (!read.success) throw wrong(firstFault(read.error, ['model']));
    const each = modelsSchema.safeParse(models);
    if (!each.success) throw wrong(firstFault(each.error, ['models']));
    ofCount(texts, count);
    ofCount(each.data ?? texts, count);
    const results = texts.map((text, place) => {
      const before = known?.(place, text);
      return before === undefined ? readText(text, place) : before.result;
    });
    return replyOf(read.data, each.data, results);
  }

  return {
    name,
    refuses: method.refuses ?? false,
    readItems: (items) => checkItems(method, items),
    readReply(sent, count, known) {
      if (sent instanceof WrittenReply) return readWritten(sent, count, known);
      const read = replySchema.safeParse(sent);
      if (!read.success) throw wrong(firstFault(read.error));
      const { model, models, results } = read.data;
      ofCount(results, count);
      ofCount(models ?? results, count);
      return replyOf(model, models, results);
    },
  };
}

function replyOf(model: Reply['model'], models: Reply['models'], results: Reply['results']): Reply {
  return models === undefined ? { model, results } : { model, models, results };
}

const modelName = z.string().min(1).max(200).nullable();

/** What a method answers: the model that did, and one result, or null, for each item. */
export function replySchemaOf({ result }: Method<unknown, unknown>) {
  return z.object({
    model: modelName.describe(
      'The model that answered, as SERVICE/VERSION; null without one, or where several did.',
    ),
    models: z
      .array(modelName)
      .optional()
      .describe('That of each result, in their order; left out unless several models answered.'),
    results: z
      .array(result.nullable())
      .describe('One for each item, in their order; null where nothing is known of an item.'),
  });
}
