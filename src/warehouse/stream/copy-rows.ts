// Rows into a table at the speed of COPY, in pieces that keep memory flat.

import { copyText, type Session } from '../session.js';

/** How much text is handed to the connection at once. */
const pieceLength = 64 * 1024;

/** Rejects when the server refuses a row; the transaction is lost then. */
export async function copyRows<Row>(
  session: Session,
  table: string,
  columns: readonly string[],
  rows: readonly Row[],
  lineOf: (row: Row) => string,
): Promise<void> {
  if (rows.length === 0) return;
  const copy = session.copyInto(table, columns);
  try {
    let piece = '';
    for (const row of rows) {
      piece += lineOf(row);
      if (piece.length > pieceLength) {
        await copy.write(piece);
        piece = '';
      }
    }
    if (piece !== '') await copy.write(piece);
  } catch (error) {
    await copy.abort();
    throw error;
  }
  await copy.close();
}

/** A key in COPY's text form. */
export function copyKey(id: number | null): string {
  return id === null ? '\\N' : String(id);
}

/** A text that most rows of a batch share, such as their source: escaped once. */
export function sharedText(): (value: string) => string {
  let last: string | undefined;
  let escaped = '';
  return (value) => {
    if (value !== last) {
      last = value;
      escaped = copyText(value);
    }
    return escaped;
  };
}

/** A moment in COPY's text form. */
export function copyTime(ms: number): string {
  return new Date(ms).toISOString();
}
