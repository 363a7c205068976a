// The decision that an event says it is about.

import { decisionFieldNames } from '../../events/catalogue.js';

/** The id in the further fields of an event, which are JSON text or null; undefined where it names none. */
export function namedDecision(attributes: string | null): string | undefined {
  // Nearly no event names one, and reading JSON of each would cost as much as storing it.
  if (attributes === null || !attributes.includes('"decision')) return undefined;
  const read: unknown = JSON.parse(attributes);
  if (typeof read !== 'object' || read === null) return undefined;
  const fields: Readonly<Record<string, unknown>> = { ...read };
  for (const name of decisionFieldNames) {
    const value = fields[name];
    if (typeof value === 'string' && value !== '' && value.length <= idLengthMax) return value;
  }
  return undefined;
}

const idLengthMax = 200;
