// The records of a file, in batches, with their values in the order that the plan asks for.

import { FlywheelError } from '../../core/errors.js';
import { didYouMean } from '../../core/suggest.js';
import { createCsvSplitter } from './csv.js';
import { Fault } from './fault.js';
import { createJsonLinesSplitter } from './json-lines.js';
import type { Mapping } from './mapping.js';
import type { RecordBatch, RecordValues } from './records.js';

/** How records are written. */
type RecordForm = Pick<Mapping, 'format' | 'csv'>;

/** Whether a file is JSON Lines or CSV: what the mapping says, else what the name says. */
export function formatOf(path: string, mapping: RecordForm): 'csv' | 'jsonl' {
  return mapping.format ?? (/\.(jsonl|ndjson|json)(\.gz)?$/i.test(path) ? 'jsonl' : 'csv');
}

/** Reads records of `pieces`; each has its values at the places of `inputs`. Throws BAD_INPUT when a column is missing. */
export async function* readRecords(
  pieces: AsyncIterable<string>,
  path: string,
  mapping: RecordForm,
  inputs: readonly string[],
): AsyncGenerator<RecordBatch> {
  const csv = formatOf(path, mapping) === 'csv';
  const delimiter = mapping.csv?.delimiter ?? ',';
  const splitter = csv
    ? createCsvSplitter({ delimiter, quote: mapping.csv?.quote ?? '"' })
    : createJsonLinesSplitter(inputs);
  const header = mapping.csv?.header;
  let arrange: Arrange | undefined = csv
    ? Array.isArray(header)
      ? arrangeBy(header, inputs, path, delimiter)
      : undefined
    : asTheyAre;

  function arranged(batch: RecordBatch): RecordBatch {
    if (!arrange) {
      const first = batch.records.shift();
      if (first === undefined) return batch;
      batch.lines.shift();
      if (first instanceof Fault)
        throw new FlywheelError('BAD_INPUT', `The header of ${path} cannot be read: ${first.reason}.`);
      arrange = arrangeBy(
        first.map((name) => (name ?? '').trim()),
        inputs,
        path,
        delimiter,
      );
    }
    const { records } = batch;
    if (arrange !== asTheyAre) {
      for (let index = 0; index < records.length; index += 1) {
        const record = records[index];
        if (record !== undefined && !(record instanceof Fault)) records[index] = arrange(record);
      }
    }
    return batch;
  }

  for await (const piece of pieces) {
    const batch: RecordBatch = { records: [], lines: [] };
    splitter.push(piece, batch);
    if (batch.records.length > 0) yield arranged(batch);
  }
  const batch: RecordBatch = { records: [], lines: [] };
  splitter.end(batch);
  if (batch.records.length > 0) yield arranged(batch);
}

type Arrange = (record: readonly (string | null | undefined)[]) => RecordValues;

const asTheyAre: Arrange = (record) => record;

function arrangeBy(
  header: readonly string[],
  inputs: readonly string[],
  path: string,
  delimiter: string,
): Arrange {
  const missing = inputs.filter((input) => !header.includes(input));
  if (missing.length > 0) throw missingColumns(missing, header, path, delimiter);
  const twice = inputs.filter((input) => header.indexOf(input) !== header.lastIndexOf(input));
  if (twice.length > 0) {
    throw new FlywheelError(
      'BAD_INPUT',
      `${path} has more than one column named ${twice.join(', ')}; give each a name of its own.`,
    );
  }
  const places = inputs.map((input) => header.indexOf(input));
  return (record) => {
    if (record.length !== header.length) {
      return new Fault('record', `has ${record.length} columns where the header has ${header.length}`);
    }
    return places.map((place) => record[place]);
  };
}

function missingColumns(
  missing: readonly string[],
  header: readonly string[],
  path: string,
  delimiter: string,
): FlywheelError {
  const only = header.length === 1 ? (header[0] ?? '') : '';
  const other = [';', '\t', '|', ','].find(
    (candidate) => candidate !== delimiter && only.includes(candidate),
  );
  const hint =
    other === undefined
      ? (missing.map((name) => didYouMean(name, header)).find((text) => text !== '') ?? '')
      : ` Its columns seem to be divided by ${JSON.stringify(other)}: set "csv": {"delimiter": ${JSON.stringify(other)}}.`;
  const bareReturns = header.some((name) => name.includes('\r'))
    ? ' Its lines end in a bare CR; convert them to LF.'
    : '';
  const found = header.map((name) => (name.length > 60 ? `${name.slice(0, 57)}...` : name)).slice(0, 100);
  return new FlywheelError(
    'BAD_INPUT',
    `${path} has no column ${missing.map((name) => `"${name}"`).join(', ')}; its columns are ${found.map((name) => `"${name}"`).join(', ')}.${hint}${bareReturns}`,
    { details: { missing, found } },
  );
}
