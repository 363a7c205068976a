// Reads a file into one table by COPY: rows are prepared here while the server takes in those before them.

import { createCalendarMembers } from './calendar.js';
import { Fault } from './fault.js';
import { createMembers, type Members } from './members.js';
import type { LoadPlan } from './plan.js';
import type { RecordBatch, RecordValues } from './records.js';
import type { Rejects } from './rejects.js';
import { createRowReader, type Row } from './rows.js';
import { type CopyStream, copyText, type Session } from './session.js';
import type { VoteCounter } from './votes.js';

/** Rows that are prepared and sent together. */
const chunkRows = 8_192;

export interface FillDeps {
  readonly session: Session;
  readonly plan: LoadPlan;
  readonly rejects: Rejects;
  readonly votes: VoteCounter;
  readonly target: FillTarget;
  readonly onRows: (rows: number) => void;
}

export interface FillTarget {
  readonly table: string;
  /** The column for the line of the file, in a staging table. */
  readonly lineColumn: string | undefined;
  /** Counts the rows of a group, when the place of a row in its group is not left to the database. */
  readonly place: ((row: Row) => string) | undefined;
}

export interface Filled {
  /** Good rows that were written. */
  readonly rows: number;
  readonly members: readonly Members[];
  /** Columns of the file that no record had. */
  readonly neverSeen: readonly string[];
}

interface Waiting {
  readonly row: Row;
  readonly record: RecordValues;
}

/** Writes every good row of `batches` into the target; nothing else may use the session meanwhile. */
export async function fillTable(deps: FillDeps, batches: AsyncIterable<RecordBatch>): Promise<Filled> {
  const { plan, rejects } = deps;
  const readRow = createRowReader(plan);
  const seen = plan.inputs.map(() => false);
  const writer = createWriter(deps);
  let rowNumber = 0;
  let waiting: Waiting[] = [];
  let writing = Promise.resolve();

  try {
    for await (const batch of batches) {
      for (const [index, record] of batch.records.entries()) {
        const line = batch.lines[index] ?? 0;
        rowNumber += 1;
        if (record instanceof Fault) {
          rejects.add(line, record, undefined);
          continue;
        }
        if (rowNumber <= chunkRows || seen.includes(false)) markSeen(seen, record);
        const row = readRow(record, rowNumber, line);
        if (row instanceof Fault) rejects.add(line, row, record);
        else waiting.push({ row, record });
      }
      if (waiting.length >= chunkRows || rejects.isFull()) {
        // One chunk is on its way while the next is read; more would only fill memory.
        await writing;
        writing = writer.write(waiting);
        // It is awaited a chunk later; until then its failure must not count as unhandled.
        writing.catch(() => {});
        waiting = [];
      }
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
  write(rows: readonly Waiting[]): Promise<void>;
  /** Resolves to the number of rows written. */
  close(): Promise<number>;
  abort(): Promise<void>;
}

function createWriter({ session, plan, rejects, votes, target, onRows }: FillDeps): Writer {
  const members = plan.dimensions.map((dimension) =>
    dimension.calendar ? createCalendarMembers(session, dimension) : createMembers(session, dimension),
  );
  const columns = plan.outputs
    .filter((output) => output.origin.kind !== 'place' || target.place !== undefined)
    .map((output) => output.column.column);
  const allColumns = target.lineColumn === undefined ? columns : [target.lineColumn, ...columns];
  const cellTexts = plan.outputs.map((output) => cellText(output.column.type));
  let copy: CopyStream | undefined;
  let written = 0;

  async function pause(): Promise<void> {
    await copy?.close();
    copy = undefined;
  }

  /** Everything that needs a statement of its own is done between two COPYs. */
  async function prepare(rows: readonly Waiting[]): Promise<void> {
    const keys = plan.dimensions.map(() => new Set<string>());
    let unknown = false;
    for (const [index, output] of plan.outputs.entries()) {
      if (output.dimension === undefined) continue;
      const known = members[output.dimension];
      const wanted = keys[output.dimension];
      for (const { row } of rows) {
        const key = row.cells[index];
        if (key === null || key === undefined) continue;
        wanted?.add(key);
        if (known?.id(key) === undefined) unknown = true;
      }
    }
    if (!unknown && !rejects.isWaiting() && !votes.isFull()) return;
    await pause();
    for (const [index, known] of members.entries()) await known.resolve(keys[index] ?? new Set());
    if (votes.isFull()) await votes.write();
    await rejects.write();
  }

  /** Puts primary keys in the place of natural keys; a key that nothing is known of is a fault. */
  function resolveCells(row: Row): Fault | undefined {
    for (const [index, { dimension, field }] of plan.outputs.entries()) {
      const key = row.cells[index];
      if (dimension === undefined || key === null || key === undefined) continue;
      const id = members[dimension]?.id(key);
      if (id === undefined) return unknownMember(plan, dimension, field, key);
      row.cells[index] = id;
    }
    return undefined;
  }

  return {
    members,
    async write(rows) {
      if (rows.length === 0 && !rejects.isWaiting()) return;
      await prepare(rows);
      let text = '';
      let taken = 0;
      for (const { row, record } of rows) {
        const fault = resolveCells(row);
        if (fault) {
          rejects.add(row.line, fault, record);
          continue;
        }
        for (const [index, vote] of plan.votes.entries()) {
          const value = row.votes[index];
          const member = row.cells[vote.output];
          if (value && member) votes.add(index, member, value);
        }
        let separator = '';
        if (target.lineColumn !== undefined) {
          text += row.line;
          separator = '\t';
        }
        for (const [index, { origin }] of plan.outputs.entries()) {
          if (origin.kind === 'place') {
            if (target.place) {
              text += separator + target.place(row);
              separator = '\t';
            }
            continue;
          }
          const cell = row.cells[index] ?? null;
          text += separator + (cell === null ? '\\N' : (cellTexts[index]?.(cell) ?? cell));
          separator = '\t';
        }
        text += '\n';
        taken += 1;
      }
      if (taken > 0) {
        copy ??= session.copyInto(target.table, allColumns);
        await copy.write(text);
      }
      written += taken;
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

/** Only texts can hold what COPY's text form must escape. */
function cellText(type: string): ((cell: string) => string) | undefined {
  return type === 'String' || type === 'Json' || type === 'Enum' ? copyText : undefined;
}

function unknownMember(plan: LoadPlan, dimension: number, field: string, key: string): Fault {
  const found = plan.dimensions[dimension];
  const name = found?.model.name ?? 'the dimension';
  const needed = found?.needed.join(', ') ?? '';
  return new Fault(
    field,
    `${JSON.stringify(key)} is not known, and ${name} needs ${needed} besides; load a file of ${name} first`,
  );
}
