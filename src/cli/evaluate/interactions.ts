// Reads who had what and when from CSV files, and lays it out as the measurement needs it.

import { FlywheelError } from '../../core/errors.js';
import { columnCounts, type SparseMatrix, sparseFromTriples } from '../../math/sparse/sparse-matrix.js';
import { newItems } from '../../services/recommendation/held-back.js';
import { recentFromMs } from '../../services/recommendation/read-shop.js';
import { type Places, placesOf } from '../../services/recommendation/strengths.js';
import { numberAt, placeOf, readTable, type Table } from './read-table.js';

export interface InteractionRow {
  readonly user: string;
  readonly item: string;
  readonly value: number | null;
  readonly atMs: number | null;
}

/** What one file holds; `value` and `time` are there for all rows or for none. */
export interface InteractionFile {
  readonly path: string;
  readonly rows: readonly InteractionRow[];
  readonly hasValues: boolean;
  readonly hasTimes: boolean;
}

function timeAt(table: Table, row: number, place: number): number {
  const text = (table.rows[row]?.[place] ?? '').trim();
  const number = Number(text);
  // Seconds since 1970 as other tools write them; what is written as a date is read as UTC.
  if (text !== '' && Number.isFinite(number)) return number > 1e11 ? number : number * 1_000;
  const isLocal = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?$/.test(text);
  const atMs = Date.parse(isLocal ? `${text.replace(' ', 'T')}Z` : text);
  if (Number.isFinite(atMs)) return atMs;
  throw new FlywheelError(
    'BAD_INPUT',
    `Line ${table.lines[row]} of ${table.path} has ${JSON.stringify(text.slice(0, 40))} as time; write 2011-11-08, 2011-11-08T12:30:00Z or seconds since 1970.`,
  );
}

/** BAD_INPUT for a file without the columns user and item, or with a value or time that is none. */
export async function readInteractionFile(path: string): Promise<InteractionFile> {
  const table = await readTable(path);
  const [user, item] = [placeOf(table, 'user'), placeOf(table, 'item')];
  const [value, time] = [table.columns.indexOf('value'), table.columns.indexOf('time')];
  const rows = table.rows.map((row, at) => ({
    user: (row[user] ?? '').trim(),
    item: (row[item] ?? '').trim(),
    value: value < 0 ? null : numberAt(table, at, value),
    atMs: time < 0 ? null : timeAt(table, at, time),
  }));
  return { path, rows, hasValues: value >= 0, hasTimes: time >= 0 };
}

/** Everything that is known and everything that came after, by users and items of the training part. */
export interface Split {
  readonly users: Places;
  readonly items: Places;
  /** Users x items: 1 where there is a training row. */
  readonly train: SparseMatrix;
  /** Distinct users of each item in the last 30 days of training; of all of it where no times are given. */
  readonly recent: Float64Array;
  /** The users with something new in the test part, and what that is. */
  readonly testUsers: Int32Array;
  readonly relevant: readonly Int32Array[];
}

/** 1 for each pair of a known user and a known item. */
export function matrixOf(rows: readonly InteractionRow[], users: Places, items: Places): SparseMatrix {
  const row: number[] = [];
  const column: number[] = [];
  for (const { user, item } of rows) {
    const [r, c] = [users.placeOf.get(user), items.placeOf.get(item)];
    if (r === undefined || c === undefined) continue;
    row.push(r);
    column.push(c);
  }
  return sparseFromTriples(users.codes.length, items.codes.length, { row, column }, 'last');
}

/** The last moment; the files are not empty. */
export function endOf(rows: readonly InteractionRow[]): number {
  return rows.reduce((latest, { atMs }) => Math.max(latest, atMs ?? latest), Number.NEGATIVE_INFINITY);
}

/** Those of the last 30 days, or all where no times are given. */
export function recentRows({
  rows,
  hasTimes,
}: Pick<InteractionFile, 'rows' | 'hasTimes'>): readonly InteractionRow[] {
  if (!hasTimes) return rows;
  const fromMs = recentFromMs(endOf(rows));
  return rows.filter(({ atMs }) => atMs !== null && atMs >= fromMs);
}

/** Names in code-point order of UTF-16, which is that of code points for all common scripts. */
export function namesOf(rows: readonly InteractionRow[], of: 'user' | 'item'): Places {
  return placesOf([...new Set(rows.map((row) => row[of]))].sort());
}

/** BAD_INPUT where no user of the test part has an item that is new to them and known from training. */
export function splitOf(train: InteractionFile, test: InteractionFile): Split {
  const [users, items] = [namesOf(train.rows, 'user'), namesOf(train.rows, 'item')];
  const known = matrixOf(train.rows, users, items);
  const later = matrixOf(test.rows, users, items);
  const relevantOf = newItems(known, later);
  if (relevantOf.size === 0) {
    throw new FlywheelError(
      'BAD_INPUT',
      `No user of ${test.path} has an item there that ${train.path} knows and the user did not have before; split the data at another time.`,
    );
  }
  return {
    users,
    items,
    train: known,
    recent: columnCounts(matrixOf(recentRows(train), users, items)),
    testUsers: Int32Array.from(relevantOf.keys()),
    relevant: [...relevantOf.values()],
  };
}
