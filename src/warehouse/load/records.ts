// What the readers of CSV and JSON Lines hand over: records in batches, each with the line it begins on.

import { FlywheelError } from '../../core/errors.js';
import type { Fault } from './fault.js';

/** The values of one record, or why the record could not be taken apart. */
export type RecordValues = readonly (string | null | undefined)[] | Fault;

export interface RecordBatch {
  readonly records: RecordValues[];
  /** For each record the line of the file that it begins on, counted from 1. */
  readonly lines: number[];
}

export interface RecordSplitter {
  /** Takes the next piece of text and adds every record that is complete. */
  push(text: string, batch: RecordBatch): void;
  /** The file is over: adds what is left. */
  end(batch: RecordBatch): void;
}

/** No record may be longer, so that memory stays bounded whatever the file holds. */
export const recordCharactersMax = 1_048_576;

/** The error for a record that is longer. */
export function recordTooLong(line: number, hint: string): FlywheelError {
  return new FlywheelError(
    'BAD_INPUT',
    `The record that begins on line ${line} is longer than 1 MiB, so nothing was loaded; ${hint}.`,
    { details: { line } },
  );
}
