// A record of the file to a row of the target, as the plan says; the hot loop of a load.

import { divideDecimals, multiplyDecimals } from './decimals.js';
import { Fault } from './fault.js';
import type { LoadPlan, Origin } from './plan.js';
import type { RecordValues } from './records.js';

export interface Row {
  readonly line: number;
  /** One for each output of the plan; a foreign key still holds the natural key of its member, a place is null. */
  readonly cells: (string | null)[];
  /** One for each vote of the plan. */
  readonly votes: readonly (string | null)[];
}

/** Takes a record and its number in the file (counted from 1). */
export type RowReader = (
  record: Exclude<RecordValues, Fault>,
  rowNumber: number,
  line: number,
) => Row | Fault;

type Cell = (
  record: Exclude<RecordValues, Fault>,
  rowNumber: number,
  cells: readonly (string | null)[],
) => string | null | Fault;

/** Compiles the plan into one function from record to row. */
export function createRowReader(plan: LoadPlan): RowReader {
  const places = new Map(plan.inputs.map((input, index) => [input, index]));
  const cellOf = (field: string, origin: Origin) => compile(field, origin, places);
  const outputs = plan.outputs.map((output) => ({ ...output, cell: cellOf(output.field, output.origin) }));
  const votes = plan.votes.map((vote) => cellOf(`${vote.dimension}.${vote.field}`, vote.origin));
  return (record, rowNumber, line) => {
    const cells: (string | null)[] = [];
    for (const { field, required, origin, cell } of outputs) {
      const value = cell(record, rowNumber, cells);
      if (value instanceof Fault) return value;
      if (value === null && required && origin.kind !== 'place')
        return new Fault(field, 'is empty, and must not be');
      cells.push(value);
    }
    const voted: (string | null)[] = [];
    for (const cell of votes) {
      const value = cell(record, rowNumber, cells);
      if (value instanceof Fault) return value;
      voted.push(value);
    }
    return { line, cells, votes: voted };
  };
}

function compile(field: string, origin: Origin, places: ReadonlyMap<string, number>): Cell {
  switch (origin.kind) {
    case 'constant':
      return () => origin.text;
    case 'rowNumber':
      return (_record, rowNumber) => String(rowNumber);
    case 'place':
      return () => null;
    case 'dayOf':
      return (_record, _rowNumber, cells) => cells[origin.of]?.slice(0, 10) ?? null;
    case 'multiply':
    case 'divide':
      return computed(field, origin);
    case 'column':
      return fromColumn(field, origin, places.get(origin.spec.column) ?? 0);
  }
}

function computed(field: string, origin: Origin & { kind: 'multiply' | 'divide' }): Cell {
  const operate = origin.kind === 'multiply' ? multiplyDecimals : divideDecimals;
  return (_record, _rowNumber, cells) => {
    const left = cells[origin.left];
    const right = cells[origin.right];
    if (left === null || left === undefined || right === null || right === undefined) return null;
    const result = operate(left, right, origin);
    return 'text' in result ? result.text : new Fault(field, result.reason);
  };
}

function fromColumn(field: string, origin: Origin & { kind: 'column' }, place: number): Cell {
  const { spec, nulls, convert } = origin;
  const trim = spec.trim ?? true;
  const translate = translator(origin);
  const ifEmpty = spec.ifEmpty === undefined ? undefined : String(spec.ifEmpty);
  return (record) => {
    const raw = record[place];
    let text = raw === null || raw === undefined ? '' : trim ? raw.trim() : raw;
    if (text === '' || (nulls.length > 1 && nulls.includes(text))) {
      if (ifEmpty === undefined) return null;
      text = ifEmpty;
    }
    if (spec.wholeNumber) text = text.replace(/^([+-]?\d+)\.0*$/, '$1');
    if (translate) {
      const translated = translate(text);
      if (translated === undefined) {
        return new Fault(field, `${JSON.stringify(text)} is not among the values that the mapping names`);
      }
      text = translated;
    }
    const converted = convert(text);
    return 'text' in converted ? converted.text : new Fault(field, converted.reason);
  };
}

function translator({
  spec,
}: Origin & { kind: 'column' }): ((text: string) => string | undefined) | undefined {
  if (!spec.values && !spec.startsWith && spec.otherwise === undefined) return undefined;
  const values = new Map(Object.entries(spec.values ?? {}));
  const beginnings = Object.entries(spec.startsWith ?? {}).sort(([a], [b]) => b.length - a.length);
  return (text) =>
    values.get(text) ?? beginnings.find(([beginning]) => text.startsWith(beginning))?.[1] ?? spec.otherwise;
}
