// Which keys are wanted, where something is compared in memory: what subscriptions are filtered by.

import { FlywheelError } from '../src/core/errors.js';
import { builder } from './builder.js';

export const keyFilter = builder.inputType('LiveKeyFilter', {
  description: 'Which keys are followed; give one of the two.',
  fields: (t) => ({
    equals: t.string({ description: 'Exactly this key; null for what has none.' }),
    in: t.stringList({ description: 'One of these keys.' }),
  }),
});

/** The keys that a filter names. BAD_INPUT when it names both or neither. */
export function keysIn(field: string, filter: object): readonly (string | null)[] {
  const { equals, in: oneOf }: { equals?: unknown; in?: unknown } = filter;
  if ((equals === undefined) === (oneOf === undefined || oneOf === null)) {
    throw new FlywheelError(
      'BAD_INPUT',
      `The filter of \`${field}\` needs exactly one of \`equals\` and \`in\`.`,
    );
  }
  if (Array.isArray(oneOf)) return oneOf.map(String);
  return [equals === null ? null : String(equals)];
}
