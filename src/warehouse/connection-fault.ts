// Says in one sentence why a database cannot be reached, without its password.

import { FlywheelError } from '../core/errors.js';

/** Where a database is, as a person writes it: host, port and name, never the user's password. */
export function addressOf(url: string): string {
  if (!URL.canParse(url)) return 'an address that cannot be read';
  const { hostname, port, pathname } = new URL(url);
  return `${hostname || 'localhost'}:${port || '5432'}${pathname}`;
}

/** Translates what a failed connection threw into UNAVAILABLE with a sentence that says what to do. */
export function connectionFault(error: unknown, url: string): FlywheelError {
  return new FlywheelError('UNAVAILABLE', sentenceFor(error, addressOf(url)), { cause: error });
}

function sentenceFor(error: unknown, address: string): string {
  switch (codeOf(error)) {
    case 'ECONNREFUSED':
      return `No PostgreSQL answers at ${address}; start it, or correct DATABASE_URL.`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `The host of ${address} is not known; correct DATABASE_URL.`;
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `The host of ${address} cannot be reached; check the network, or correct DATABASE_URL.`;
    case '28P01':
    case '28000':
      return `PostgreSQL at ${address} refuses this user or password; correct DATABASE_URL.`;
    case '3D000':
      return `PostgreSQL at ${address} has no database of this name; create it, or correct DATABASE_URL.`;
    case '53300':
      return `PostgreSQL at ${address} has no free connection; raise its max_connections, or close other clients.`;
    case '57P03':
      return `PostgreSQL at ${address} is still starting or is shutting down; try again in a moment.`;
    default: {
      const reason = error instanceof Error ? error.message : String(error);
      return `PostgreSQL at ${address} cannot be used: ${reason || 'the connection failed'}.`;
    }
  }
}

/** The code of a system or server error; of a host with several addresses, the first one's. */
function codeOf(error: unknown): string | undefined {
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return undefined;
}
