// The OpenAPI document of a service, made from the schemas that both ends check with.

import { z } from 'zod';
import { type ErrorCode, errorCodes } from '../../core/errors.js';
import { replySchemaOf } from './method-shape.js';
import { itemsMax, type Method, type Methods } from './service-contract.js';

type Json = Readonly<Record<string, unknown>>;

export interface OpenApiOptions {
  readonly service: string;
  /** What the service is for, in a sentence or more. */
  readonly description: string;
  readonly methods: Methods;
}

/** The longest that a caller may let the server work. */
export const deadlineMsMax = 60_000;

export const deadlineSchema = z
  .number()
  .positive()
  .max(deadlineMsMax)
  .describe('How long the answer may take, in milliseconds; later it is of no use.');

export const errorSchema = z.object({
  error: z.object({
    code: z.enum(errorCodes),
    message: z.string().describe('What is wrong and what to do, for a person.'),
  }),
});

/** What a call that fails is answered with, and what that means. */
const failures: Partial<Record<ErrorCode, readonly [status: number, meaning: string]>> = {
  BAD_INPUT: [400, 'The body or its items are wrong'],
  NOT_FOUND: [404, 'There is no such method'],
  LIMIT_EXCEEDED: [413, 'The body is too long, or has too many items; send fewer at once'],
  CANCELLED: [499, 'The call was given up; whoever still listens sees this'],
  INTERNAL: [500, 'It failed for a reason of its own'],
  UNAVAILABLE: [503, 'It cannot answer at the moment'],
  TIMEOUT: [504, 'The time was over first'],
};

export function statusOf(code: ErrorCode): number {
  return failures[code]?.[0] ?? 500;
}

/** Plain data: OpenAPI 3.1, whose schemas are JSON Schema 2020-12. */
export function openApiOf({ service, description, methods }: OpenApiOptions): Json {
  return {
    openapi: '3.1.0',
    info: { title: `Flywheel ${service} service`, version: '1', description },
    paths: {
      ...Object.fromEntries(
        Object.entries(methods).map(([name, method]) => [`/v1/${name}`, { post: operation(name, method) }]),
      ),
      '/healthz': {
        get: {
          operationId: 'healthz',
          summary: 'Whether the service can answer',
          responses: {
            '200': { description: 'It can.' },
            '503': { description: 'It cannot at the moment.' },
          },
        },
      },
    },
  };
}

function operation(name: string, method: Method<unknown, unknown>): Json {
  const request = z.object({
    items: z.array(method.item).max(itemsMax).describe('A batch; each is answered by itself.'),
    deadlineMs: deadlineSchema.optional(),
  });
  return {
    operationId: name,
    summary: method.item.description ?? `Answers ${name} for each item`,
    requestBody: { required: true, content: jsonOf(request) },
    responses: {
      '200': {
        description: 'One result for each item, in their order.',
        content: jsonOf(replySchemaOf(method)),
      },
      ...Object.fromEntries(
        Object.entries(failures).map(([code, [status, meaning]]) => [
          status,
          { description: `${meaning} (${code}).`, content: jsonOf(errorSchema) },
        ]),
      ),
    },
  };
}

/** As the reader of the JSON takes it: more fields than those named are allowed. */
function jsonOf(schema: z.ZodType): Json {
  const { $schema: _, ...plain } = z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' });
  return { 'application/json': { schema: plain } };
}
