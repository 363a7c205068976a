// What a service is told, in the type of its own settings.

import type { z } from 'zod';
import { FlywheelError } from '../../core/errors.js';
import { didYouMean } from '../../core/suggest.js';
import type { ServiceName } from './registry-contract.js';

/**
 * The settings as their schema reads them; none where `value` is undefined. The message of a schema says what a value
 * must be, as in "true or false". Throws BAD_INPUT with a sentence for each fault; a name that the schema does not know
 * is one.
 */
export function readSettings<Shape extends z.ZodRawShape>(
  service: ServiceName,
  schema: z.ZodObject<Shape>,
  value: unknown,
): z.output<z.ZodObject<Shape>> {
  const read = schema.strict().safeParse(value ?? {});
  if (read.success) return read.data;
  const names = Object.keys(schema.shape);
  throw new FlywheelError(
    'BAD_INPUT',
    read.error.issues.flatMap((issue) => sentencesOf(service, names, issue)).join(' '),
  );
}

function sentencesOf(service: ServiceName, names: readonly string[], issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(
      (name) => `${service} has no setting "${name}"; it has ${names.join(', ')}.${didYouMean(name, names)}`,
    );
  }
  if (issue.path.length === 0) {
    return [`The settings of ${service} must be a JSON object with some of ${names.join(', ')}.`];
  }
  return [`The setting ${issue.path.join('.')} of ${service} must be ${issue.message}.`];
}
