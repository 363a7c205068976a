// What went wrong with a load, in a sentence for the person who started it.

import { FlywheelError } from '../../core/errors.js';
import { explainDatabaseError } from '../database-error.js';

/** All faults of a mapping in one error. */
export function mappingFaults(faults: readonly string[]): FlywheelError {
  const many = faults.length > 1 ? `${faults.length} faults` : 'a fault';
  return new FlywheelError(
    'BAD_INPUT',
    `The mapping has ${many}:\n${faults.map((fault) => `  ${fault}`).join('\n')}`,
    {
      details: { faults: [...faults] },
    },
  );
}

const sentences: Partial<Record<string, readonly ['CONFLICT' | 'UNAVAILABLE' | 'BAD_INPUT', string]>> = {
  '40P01': [
    'CONFLICT',
    'The load and another writer waited for each other; nothing was loaded, start it again.',
  ],
  '42P01': [
    'UNAVAILABLE',
    'The warehouse lacks a table that the load needs; run the migrations (npm start does) and load again.',
  ],
  '42703': [
    'UNAVAILABLE',
    'The warehouse lacks a column that the load needs; run the migrations (npm start does) and load again.',
  ],
  '42501': [
    'UNAVAILABLE',
    'The user of DATABASE_URL may not write to the warehouse; grant it, and load again.',
  ],
  '53100': [
    'UNAVAILABLE',
    'The disk of the database is full; nothing was loaded. Make room, and load again.',
  ],
  '54000': [
    'BAD_INPUT',
    'A text of the file is too long for an index of the warehouse; nothing was loaded. Shorten it, or leave its column out.',
  ],
};

/** A FlywheelError for what can happen to a load; anything else is a bug and comes back as it is. */
export function explainLoadError(error: unknown, file: string): unknown {
  if (error instanceof FlywheelError) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const known = typeof code === 'string' ? sentences[code] : undefined;
  if (known) return new FlywheelError(known[0], known[1], { cause: error, details: { file } });
  const explained = explainDatabaseError(error);
  if (explained instanceof FlywheelError && explained.code === 'UNAVAILABLE') {
    return new FlywheelError(
      'UNAVAILABLE',
      'The connection to the warehouse was lost; nothing was loaded. Load again when it is back.',
      {
        cause: error,
        details: { file },
      },
    );
  }
  return explained;
}
