// What a person reads when a command fails: sentences, never a stack trace.

import { FlywheelError } from '../core/errors.js';

/** The text for whoever ran the command; a fault of our own says where its details are. */
export function sentenceOf(error: unknown): string {
  if (error instanceof FlywheelError) return error.message;
  const reason = error instanceof Error ? error.message : String(error);
  const firstLine = reason.split('\n').find((line) => line.trim() !== '') ?? 'no reason was given';
  const hint = process.env.LOG_LEVEL === 'debug' ? '' : ' (LOG_LEVEL=debug shows where)';
  return `Something went wrong that should not: ${firstLine.trim()}${hint}`;
}

/** Shows the failure and makes the process end with code 1 once nothing else keeps it. */
export function reportFailure(error: unknown): void {
  console.error(sentenceOf(error));
  if (process.env.LOG_LEVEL === 'debug') console.error(error);
  process.exitCode = 1;
}
