// Reads a file into one table by COPY: rows are prepared here while the server takes in those before them.

import type { CopyStream, Session } from '../session.js';
import { Fault } from './fault.js';
import { createForeignKeys, type MemberId } from './foreign-keys.js';
import type { Members } from './members.js';
import type { LoadPlan } from './plan.js';
import type { RecordBatch } from './records.js';
import type { Rejects } from './rejects.js';
import { createRowReader, foreignOutputs, ownOutputs, type Row } from './rows.js';
import type { VoteCounter } from './votes.js';

/** Rows that are prepared and sent together. */
const chunkRows = 4_096;

export interface FillDeps {
  readonly session: Session;
  readonly plan: LoadPlan;
  readonly rejects: Rejects;
  readonly votes: VoteCounter;
  readonly target: FillTarget;
  /** Told how many rows were written so far. */
  readonly onRows: (rows: number) => void;
}

export interface FillTarget {
  readonly table: string;
  /** The column for the line of the file, in a staging table. */
  readonly lineColumn: string | undefined;
  /** Counts the rows of a group, when the place of a row in its group is not left to the database. */
  readonly place: ((row: Row) => number) | undefined;
}

export interface Filled {
  /** Good rows that were written. */
  readonly rows: number;
  readonly members: readonly Members[];
  /** Columns of the file that no record had. */
  readonly neverSeen: readonly string[];
}

/** Writes every good row of `batches` into the target; nothing else may use the session meanwhile. */
export async function fillTable(deps: FillDeps, batches: AsyncIterable<RecordBatch>): Promise<Filled> {
  const { plan, rejects } = deps;
  const readRow = createRowReader(plan);
  const seen = plan.inputs.map(() => false);
  const writer = createWriter(deps);
  let rowNumber = 0;
  let waiting: Row[] = [];
  let writing = Promise.resolve();

  function take({ records, lines }: RecordBatch): void {
    for (const [index, record] of records.entries()) {
      const line = lines[index] ?? 0;
      rowNumber += 1;
      const row = record instanceof Fault ? record : readRow(record, rowNumber, line);
      if (!(record instanceof Fault) && seen.includes(false)) markSeen(seen, record);
      if (row instanceof Fault) rejects.add(line, row, record);
      else waiting.push(row);
    }
  }

  try {
    for await (const batch of batches) {
      take(batch);
      if (waiting.length < chunkRows && !rejects.isFull()) continue;
      // One chunk is on its way while the next is read; more would only fill memory.
      await writing;
      writing = writer.write(waiting);
      // It is awaited a chunk later; until then its failure must not count as unhandled.
      writing.catch(() => {});
      waiting = [];
    }
    await writing;
    await writer.write(waiting);
    const rows = await writer.close();
    return { rows, members: writer.members, neverSeen: plan.inputs.filter((_, index) => !seen[index]) };
  } catch (error) {
    // The connection must be idle before the caller can roll back.
    await writing.catch(() => {});
    await writer.abort();
    throw error;
  }
}

function markSeen(seen: boolean[], record: readonly (string | null | undefined)[]): void {
  for (let index = 0; index < seen.length; index += 1) if (record[index] !== undefined) seen[index] = true;
}

interface Writer {
  readonly members: readonly Members[];
  write(rows: readonly Row[]): Promise<void>;
  /** Resolves to the number of rows written. */
  close(): Promise<number>;
  abort(): Promise<void>;
}

function createWriter({ session, plan, rejects, votes, target, onRows }: FillDeps): Writer {
  const keys = createForeignKeys(session, plan);
  const foreign = foreignOutputs(plan);
  const votePlaces = plan.votes.map((vote) =>
    foreign.findIndex(({ field }) => field === plan.outputs[vote.output]?.field),
  );
  const { place, lineColumn } = target;
  const columns = [
    ...(lineColumn === undefined ? [] : [lineColumn]),
    ...ownOutputs(plan).map((output) => output.column.column),
    ...(place === undefined || plan.fact?.place === undefined ? [] : [plan.fact.place]),
    ...foreign.map((output) => output.column.column),
  ];
  let copy: CopyStream | undefined;
  let written = 0;

  async function pause(): Promise<void> {
    await copy?.close();
    copy = undefined;
  }

  async function idsOf(rows: readonly Row[]): Promise<MemberId[]> {
    const ids = keys.lookUp(rows);
    const missing = ids.includes(undefined);
    if (!missing && !rejects.isWaiting() && !votes.isFull()) return ids;
    // Whatever needs a statement of its own is done between two COPYs.
    await pause();
    if (missing) await keys.resolve(rows, ids);
    if (votes.isFull()) await votes.write();
    await rejects.write();
    return ids;
  }

  /** The row's line for COPY, with its keys from `first` on; undefined when it points at a member that does not exist. */
  function lineOf(row: Row, ids: readonly MemberId[], first: number): string | undefined {
    let foreignText = '';
    for (let index = 0; index < keys.perRow; index += 1) {
      const id = ids[first + index];
      if (id === undefined) {
        rejects.add(row.line, keys.faultOf(row, index), undefined);
        return undefined;
      }
      foreignText += id === null ? '\t\\N' : `\t${id}`;
    }
    for (let index = 0; index < votePlaces.length; index += 1) {
      const value = row.votes[index];
      const member = ids[first + (votePlaces[index] ?? 0)];
      if (value && member) votes.add(index, member, value);
    }
    const placeText = place === undefined ? '' : `\t${place(row)}`;
    if (lineColumn === undefined) return row.text + placeText + foreignText;
    return `${row.line}${row.text === '' ? '' : '\t'}${row.text}${placeText}${foreignText}`;
  }

  return {
    members: keys.members,
    async write(rows) {
      if (rows.length === 0 && !rejects.isWaiting()) return;
      const ids = await idsOf(rows);
      const lines: string[] = [];
      for (let index = 0; index < rows.length; index += 1) {
        const row = rows[index];
        const line = row && lineOf(row, ids, index * keys.perRow);
        if (line !== undefined) lines.push(line);
      }
      if (lines.length > 0) {
        copy ??= session.copyInto(target.table, columns);
        await copy.write(`${lines.join('\n')}\n`);
      }
      written += lines.length;
      onRows(written);
    },
    async close() {
      await pause();
      await rejects.write();
      return written;
    },
    async abort() {
      await copy?.abort();
    },
  };
}
