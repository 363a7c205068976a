// Bad rows: counted, shown in part, kept whole in the rejects table of the load.

import { sql } from 'kysely';
import { FlywheelError } from '../../core/errors.js';
import type { Session } from '../session.js';
import type { Fault } from './fault.js';
import type { LoadPlan } from './plan.js';
import type { RecordValues } from './records.js';

export interface RejectedRow {
  readonly line: number;
  readonly reason: string;
  /** The beginning of the row: what the mapped columns held, as JSON. */
  readonly record: string;
}

/** How many bad rows the summary shows; the table holds all. */
const shownMax = 20;
const recordShownMax = 500;
const bufferMax = 5_000;
/** A file with a larger share of bad rows was mapped wrongly, rather than being a good file with bad rows. */
const badShareMax = 0.2;
export const rejectTable = 'load_rejected';

export interface Rejects {
  /** Notes a bad row; throws BAD_INPUT when the load is strict. */
  add(line: number, fault: Fault, record: RecordValues | undefined): void;
  count(): number;
  shown(): readonly RejectedRow[];
  /** True when noted rows wait to be written. */
  isWaiting(): boolean;
  isFull(): boolean;
  /** Moves the rows noted so far into the transaction's own table. */
  write(): Promise<void>;
  /** Rows that the database itself sorted out. */
  addCounted(count: number, some: readonly RejectedRow[]): void;
  /** Throws BAD_INPUT, with advice, when too many of the rows were bad. */
  checkShare(good: number): void;
}

/** Gathers the bad rows of one load. */
export function createRejects(session: Session, plan: LoadPlan, strict: boolean): Rejects {
  const waiting: RejectedRow[] = [];
  const shown: RejectedRow[] = [];
  const byReason = new Map<string, number>();
  let count = 0;

  function refuse(row: RejectedRow): void {
    throw new FlywheelError(
      'BAD_INPUT',
      `Line ${row.line} is bad (${row.reason}), and the load is strict, so nothing was loaded.`,
      { details: { line: row.line, record: row.record } },
    );
  }

  return {
    add(line, fault, record) {
      const row = { line, reason: fault.toString(), record: shownRecord(plan, record) };
      if (strict) refuse(row);
      count += 1;
      byReason.set(fault.field, (byReason.get(fault.field) ?? 0) + 1);
      if (shown.length < shownMax) shown.push(row);
      waiting.push(row);
    },
    count: () => count,
    shown: () => shown,
    isWaiting: () => waiting.length > 0,
    isFull: () => waiting.length >= bufferMax,
    async write() {
      if (waiting.length === 0) return;
      const rows = waiting.splice(0);
      await session.run(sql`
        INSERT INTO ${sql.table(rejectTable)} (line, reason, record)
        SELECT * FROM unnest(${rows.map((row) => row.line)}::bigint[], ${rows.map((row) => row.reason)}::text[],
          ${rows.map((row) => row.record)}::text[])`);
    },
    addCounted(more, some) {
      const first = some[0];
      if (strict && first) refuse(first);
      count += more;
      shown.push(...some.slice(0, shownMax - shown.length));
    },
    checkShare(good) {
      if (count <= badShareMax * (good + count)) return;
      const percent = Math.round((100 * count) / (good + count));
      const worst = [...byReason].sort(([, a], [, b]) => b - a).map(([field, rows]) => `${field} (${rows})`);
      const first = shown.slice(0, 3).map((row) => `line ${row.line}: ${row.reason}`);
      throw new FlywheelError(
        'BAD_INPUT',
        `${count} of ${good + count} rows (${percent} %) are bad, more than ${badShareMax * 100} %, so nothing was loaded; correct the mapping of ${worst.slice(0, 3).join(', ') || 'the key'} first. ${first.join('; ')}.`,
        { details: { rejected: count, rows: good + count, first } },
      );
    },
  };
}

function shownRecord(plan: LoadPlan, record: RecordValues | undefined): string {
  if (!Array.isArray(record)) return '';
  const named = Object.fromEntries(plan.inputs.map((input, index) => [input, record[index] ?? null]));
  // JSON escapes what PostgreSQL's text cannot hold, NUL and lone surrogates among it; the cut may leave half a pair.
  return JSON.stringify(named)
    .slice(0, recordShownMax)
    .replace(/[\ud800-\udbff]$/, '');
}
