// Reads a CSV file with a header whole, for an evaluation.

import { FlywheelError } from '../../core/errors.js';
import { didYouMean } from '../../core/suggest.js';
import { createCsvSplitter } from '../../warehouse/load/csv.js';
import { Fault } from '../../warehouse/load/fault.js';
import { openTextFile } from '../../warehouse/load/read-text.js';
import type { RecordBatch } from '../../warehouse/load/records.js';

export interface Table {
  readonly path: string;
  readonly columns: readonly string[];
  /** As many texts in each as there are columns. */
  readonly rows: readonly (readonly string[])[];
  /** The line of the file that each row begins on, counted from 1. */
  readonly lines: readonly number[];
}

/** Reads a file, plain or gzip, in UTF-8. BAD_INPUT for one that is not there, is no CSV, or has no row under its header. */
export async function readTable(path: string): Promise<Table> {
  const splitter = createCsvSplitter({ delimiter: ',', quote: '"' });
  const batch: RecordBatch = { records: [], lines: [] };
  const file = await openTextFile(path, 'utf-8');
  for await (const piece of file.pieces) splitter.push(piece, batch);
  splitter.end(batch);
  const records = batch.records.map((record, place) => {
    if (!(record instanceof Fault)) return record.map((text) => text ?? '');
    throw new FlywheelError(
      'BAD_INPUT',
      `Line ${batch.lines[place]} of ${path} cannot be read: ${record.reason}.`,
    );
  });
  const [header = [], ...rows] = records;
  const [, ...lines] = batch.lines;
  if (rows.length === 0) {
    throw new FlywheelError(
      'BAD_INPUT',
      `${path} has no row; give a CSV file with a header and rows under it.`,
    );
  }
  const columns = header.map((name) => name.trim());
  const odd = rows.findIndex((row) => row.length !== columns.length);
  if (odd >= 0) {
    throw new FlywheelError(
      'BAD_INPUT',
      `Line ${lines[odd]} of ${path} has ${rows[odd]?.length} columns where the header has ${columns.length}.`,
    );
  }
  return { path, columns, rows, lines };
}

/** The place of a column; BAD_INPUT where the table has none of that name. */
export function placeOf({ path, columns }: Table, name: string): number {
  const place = columns.indexOf(name);
  if (place >= 0) return place;
  throw new FlywheelError(
    'BAD_INPUT',
    `${path} has no column "${name}"; its columns are ${columns.map((each) => `"${each}"`).join(', ')}.${didYouMean(name, columns)}`,
  );
}

/** The number at a place of a row; BAD_INPUT where there is none. */
export function numberAt({ path, columns, rows, lines }: Table, row: number, place: number): number {
  const text = (rows[row]?.[place] ?? '').trim();
  const value = Number(text);
  if (text !== '' && Number.isFinite(value)) return value;
  throw new FlywheelError(
    'BAD_INPUT',
    `Line ${lines[row]} of ${path} has ${JSON.stringify(text.slice(0, 40))} as ${columns[place]}, which is not a number.`,
  );
}
