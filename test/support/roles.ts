// A gateway with one key for each role, and what it answers to whoever has one.

import { createHash } from 'node:crypto';
import type { Role } from '../../src/core/scope.js';

const roles: readonly Role[] = ['reader', 'writer', 'operator'];

/** The key of a role. */
export function keyOf(role: Role): string {
  return `the key of the ${role}`;
}

/** The setting of a gateway that knows a key of each role. */
export const roleKeys = {
  FLYWHEEL_API_KEYS: roles
    .map((role) => `${role}:${role}:${createHash('sha256').update(keyOf(role)).digest('hex')}`)
    .join(','),
};

/** Posts a document to such a gateway with the key of a role; its answer. */
export async function askAs(role: Role, url: string, query: string, variables: object = {}) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': keyOf(role) },
    body: JSON.stringify({ query, variables }),
  });
  return JSON.parse(await response.text());
}
