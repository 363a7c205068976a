// What a failed batch means: its data cannot be kept, somebody was quicker, or time will heal it.

import { FlywheelError } from '../core/errors.js';
import { sqlStateOf } from '../warehouse/transaction.js';

/** What somebody else wrote stands in the way: looking again shows it. */
export function isUniqueViolation(error: unknown): boolean {
  return sqlStateOf(error) === '23505';
}

/** A member that was known is there no more. */
export function isMissingMember(error: unknown): boolean {
  return sqlStateOf(error) === '23503';
}

/** Whether a record of the batch cannot be kept, however often it is tried: classes of values, constraints, limits. */
export function isDataFault(error: unknown): boolean {
  const state = sqlStateOf(error);
  if (state !== undefined) return /^(22|23|54)/.test(state) && !isUniqueViolation(error);
  return error instanceof FlywheelError && error.code === 'BAD_INPUT';
}

/** Why a record cannot be kept, as a sentence for the dead letters. */
export function reasonOf(error: unknown): string {
  if (sqlStateOf(error) === undefined && error instanceof FlywheelError) return error.message;
  return `The warehouse cannot hold it: ${innermost(error)}.`;
}

function innermost(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : innermost(error.cause);
}
