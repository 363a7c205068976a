// Lines of purchases from CSV files, checked one by one, for PostgreSQL to sum up.

import { FlywheelError } from '../../core/errors.js';
import { timePattern } from '../../metrics/emit-spark-purchases.js';
import type { PurchaseLine } from '../../warehouse/batches/purchases.js';
import { Fault } from '../../warehouse/load/fault.js';
import { readRecords } from '../../warehouse/load/read-records.js';
import { openTextFile } from '../../warehouse/load/read-text.js';
import type { RecordValues } from '../../warehouse/load/records.js';

export interface PurchaseColumns {
  readonly customerColumn: string;
  readonly amountColumn: string;
  readonly timeColumn?: string | undefined;
  readonly orderColumn?: string | undefined;
  readonly delimiter: string;
}

const decimal = /^[+-]?(\d{1,22}\.?\d*|\.\d+)([eE][+-]?\d{1,2})?$/;

const moment = new RegExp(timePattern);

/** The lines of a file in pieces, with how much of it has been read. Throws BAD_INPUT at the first line that is none. */
export async function* readPurchaseLines(
  file: string,
  columns: PurchaseColumns,
): AsyncGenerator<{ readonly lines: PurchaseLine[]; readonly share: number }> {
  const { customerColumn, amountColumn, timeColumn, orderColumn, delimiter } = columns;
  const inputs = [customerColumn, amountColumn, timeColumn ?? null, orderColumn ?? null];
  const named = inputs.filter((name) => name !== null);
  const places = inputs.map((name) => (name === null ? -1 : named.indexOf(name)));
  const text = await openTextFile(file, 'utf-8');
  const batches = readRecords(text.pieces, file, { format: 'csv', csv: { delimiter } }, named);
  for await (const { records, lines: numbers } of batches) {
    const lines = records.map((record, index) => lineOf(record, places, `Line ${numbers[index]} of ${file}`));
    yield { lines, share: text.bytesRead() / Math.max(1, text.sizeBytes) };
  }
}

function lineOf(record: RecordValues, places: readonly number[], where: string): PurchaseLine {
  const refuse = (what: string): never => {
    throw new FlywheelError(
      'BAD_INPUT',
      `${where} ${what}, so nothing has changed; correct the line, or leave it out.`,
    );
  };
  if (record instanceof Fault) return refuse(record.reason);
  const [code = '', amount = '', at = '', order = ''] = places.map((place) => spaceless(record[place] ?? ''));
  if (!decimal.test(amount)) refuse(`has the amount “${amount.slice(0, 60)}”, which is not a number`);
  if (at !== '' && (!moment.test(at) || !isDay(at))) {
    refuse(`has the time “${at.slice(0, 60)}”, which is not written like 2026-11-27 08:30:00`);
  }
  return {
    code: /^\d+\.0+$/.test(code) ? code.slice(0, code.indexOf('.')) : code,
    amount,
    at: at === '' ? null : at,
    order: order === '' ? null : order,
  };
}

function spaceless(text: string): string {
  return text.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, '');
}

function isDay(at: string): boolean {
  const day = at.slice(0, 10);
  const read = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(read.getTime()) && read.toISOString().startsWith(day);
}
