// Global ids: the name of a type and the natural key of a row, as `Product:22423`.

import { FlywheelError } from '../src/core/errors.js';

/** Splits a global id at its first colon; fails with BAD_INPUT when there is none. */
export function parseGlobalId(globalId: string): { typename: string; id: string } {
  const colon = globalId.indexOf(':');
  if (colon < 1) {
    throw new FlywheelError(
      'BAD_INPUT',
      `“${globalId.slice(0, 100)}” is not an id of this API; pass an \`id\` exactly as an earlier answer gave it.`,
    );
  }
  return { typename: globalId.slice(0, colon), id: globalId.slice(colon + 1) };
}

function escapePart(part: string): string {
  return part.replaceAll('%', '%25').replaceAll('/', '%2F');
}

function unescapePart(part: string): string {
  return part.replaceAll('%2F', '/').replaceAll('%25', '%');
}

/** The key part of a global id; the parts of a key of several columns are joined by slashes. */
export function formatKey(parts: readonly unknown[]): string {
  const texts = parts.map(String);
  const [only] = texts;
  return texts.length === 1 && only !== undefined ? only : texts.map(escapePart).join('/');
}

/** The parts of a key, or undefined when it has not that many. */
export function parseKey(key: string, size: number): string[] | undefined {
  if (size === 1) return [key];
  const parts = key.split('/').map(unescapePart);
  return parts.length === size ? parts : undefined;
}
