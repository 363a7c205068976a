// What a failed statement of the log means: a fault that time can heal, one that a person must mend, or a bug.

import pg from 'pg';
import { FlywheelError } from '../core/errors.js';

/**
 * Connections (08), aborted transactions such as deadlocks (40), resources (53), the server stopping or starting and
 * statements that ran out of time (57), a lock that could not be had, and a server that only reads for the moment.
 */
const passingState = /^(08|40|53|57|55P03|25006)/;

/** Refused users, missing databases, missing rights, missing tables. */
const lastingState = /^(28|3D000|42501|42P01)/;

const poolEnded = /pool after calling end/i;

/** Whether it is worth trying again: everything that the connection reports, and what the server calls passing. */
export function isPassing(error: unknown): boolean {
  if (error instanceof FlywheelError) return false;
  if (error instanceof pg.DatabaseError) return passingState.test(error.code ?? '');
  if (!(error instanceof Error) || poolEnded.test(error.message)) return false;
  const code: unknown = Reflect.get(error, 'code');
  return (
    error instanceof AggregateError || typeof code === 'string' || /connect|timeout/i.test(error.message)
  );
}

/** The fault as a sentence for whoever asked; a bug comes back as it is. */
export function explainFault(error: unknown): unknown {
  if (error instanceof pg.DatabaseError && lastingState.test(error.code ?? '')) {
    return new FlywheelError(
      'UNAVAILABLE',
      `The event log in PostgreSQL cannot be used: ${error.message}. Correct DATABASE_URL or the rights of its user, and start the gateway, which makes the tables.`,
      { cause: error },
    );
  }
  if (isPassing(error)) {
    return new FlywheelError(
      'UNAVAILABLE',
      'The event log cannot be reached at the moment; try again shortly.',
      {
        cause: error,
      },
    );
  }
  if (error instanceof Error && poolEnded.test(error.message)) return closedFault(error);
  return error;
}

/** What a log that is closed answers. */
export function closedFault(cause?: unknown): FlywheelError {
  return new FlywheelError('UNAVAILABLE', 'The event log is closed; start the gateway again.', { cause });
}

export function missingTopic(topic: string): FlywheelError {
  return new FlywheelError(
    'NOT_FOUND',
    `There is no topic named ${topic} in the event log; create it, or correct the settings that name it.`,
    { details: { topic } },
  );
}
