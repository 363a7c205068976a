// A record of the file to a row of the target, as the plan says; the hot loop of a load.

import { copyText } from '../session.js';
import { divideDecimals, multiplyDecimals } from './decimals.js';
import { Fault, quoted } from './fault.js';
import type { LoadPlan, Origin, Output } from './plan.js';
import type { RecordValues } from './records.js';

/** A row that waits for the primary keys of the members it points at. It holds as little as it can: many wait. */
export interface Row {
  readonly line: number;
  /** The columns that hold values of their own, in COPY's text form. */
  readonly text: string;
  /** The natural keys of its members, one for each of `foreignOutputs`. */
  readonly keys: readonly (string | null)[];
  /** One for each vote of the plan. */
  readonly votes: readonly (string | null)[];
  /** What names its group, where the loader counts places. */
  readonly group: string;
}

/** Takes a record and its number in the file (counted from 1). */
export type RowReader = (record: Values, rowNumber: number, line: number) => Row | Fault;

type Values = Exclude<RecordValues, Fault>;
type Cell = (record: Values, rowNumber: number, cells: readonly (string | null)[]) => string | null | Fault;

/** Outputs with values of their own; their columns come first in a COPY. */
export function ownOutputs(plan: LoadPlan): readonly Output[] {
  return plan.outputs.filter((output) => output.dimension === undefined && output.origin.kind !== 'place');
}

/** Outputs that point at members of dimensions; their columns come last in a COPY. */
export function foreignOutputs(plan: LoadPlan): readonly (Output & { readonly dimension: number })[] {
  return plan.outputs.flatMap((output) =>
    output.dimension === undefined ? [] : [{ ...output, dimension: output.dimension }],
  );
}

/** Compiles the plan into one function from record to row. */
export function createRowReader(plan: LoadPlan): RowReader {
  const places = new Map(plan.inputs.map((input, index) => [input, index]));
  const steps = plan.outputs.map((output, index) => ({
    field: output.field,
    index,
    required: output.required && output.origin.kind !== 'place',
    cell: compile(output.field, output.origin, places),
  }));
  const voteCells = plan.votes.map((vote) => compile(vote.field, vote.origin, places));
  const indexOf = (output: Output) => plan.outputs.findIndex(({ column }) => column === output.column);
  const own = ownOutputs(plan).map((output) => ({ index: indexOf(output), hasText: isText(output) }));
  const foreign = foreignOutputs(plan).map(indexOf);
  const groupOf = groupReader(plan);
  // One array for all rows: what a row keeps is copied out of it.
  const cells: (string | null)[] = plan.outputs.map(() => null);
  const texts: string[] = own.map(() => '');

  return (record, rowNumber, line) => {
    for (const { field, index, required, cell } of steps) {
      const value = cell(record, rowNumber, cells);
      if (value instanceof Fault) return value;
      if (value === null && required) return new Fault(field, 'is empty, and must not be');
      cells[index] = value;
    }
    const votes: (string | null)[] = [];
    for (const cell of voteCells) {
      const value = cell(record, rowNumber, cells);
      if (value instanceof Fault) return value;
      votes.push(value);
    }
    for (let place = 0; place < own.length; place += 1) {
      const { index, hasText } = own[place] ?? { index: 0, hasText: true };
      const cell = cells[index] ?? null;
      texts[place] = cell === null ? '\\N' : hasText ? copyText(cell) : cell;
    }
    return {
      line,
      text: texts.join('\t'),
      keys: foreign.map((index) => cells[index] ?? null),
      votes,
      group: groupOf(cells),
    };
  };
}

/** Only texts can hold what COPY's text form must escape. */
function isText({ column }: Output): boolean {
  return column.type === 'String' || column.type === 'Json' || column.type === 'Enum';
}

function groupReader(plan: LoadPlan): (cells: readonly (string | null)[]) => string {
  const group = plan.fact?.place === undefined ? [] : plan.fact.group;
  const indexes = [...plan.outputs.entries()]
    .filter(([, output]) => group.includes(output.column.column) && output.origin.kind !== 'constant')
    .map(([index]) => index);
  const only = indexes[0];
  if (only === undefined) return () => '';
  if (indexes.length === 1) return (cells) => cells[only] ?? '';
  return (cells) => JSON.stringify(indexes.map((index) => cells[index]));
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
    return typeof result === 'string' ? result : new Fault(field, result.reason);
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
    if (spec.wholeNumber) text = withoutEmptyFraction(text);
    if (translate) {
      const translated = translate(text);
      if (translated === undefined) {
        return new Fault(field, `${quoted(text)} is not among the values that the mapping names`);
      }
      text = translated;
    }
    const converted = convert(text);
    return typeof converted === 'string' ? converted : new Fault(field, converted.reason);
  };
}

/** 17850.0 is 17850; 17850.5 and A.0 stay what they are. */
function withoutEmptyFraction(text: string): string {
  const point = text.indexOf('.');
  return point > 0 && /^[+-]?\d+\.0*$/.test(text) ? text.slice(0, point) : text;
}

function translator({
  spec,
}: Origin & { kind: 'column' }): ((text: string) => string | undefined) | undefined {
  if (!spec.values && !spec.startsWith && spec.otherwise === undefined) return undefined;
  const values = new Map(Object.entries(spec.values ?? {}));
  const beginnings = Object.entries(spec.startsWith ?? {}).sort(([a], [b]) => b.length - a.length);
  return (text) => {
    const exact = values.get(text);
    if (exact !== undefined) return exact;
    for (const [beginning, meaning] of beginnings) if (text.startsWith(beginning)) return meaning;
    return spec.otherwise;
  };
}
