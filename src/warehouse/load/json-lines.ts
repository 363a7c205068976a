// Splits JSON Lines into records, keeping every digit of every number.

import { Fault } from './fault.js';
import {
  type RecordBatch,
  type RecordSplitter,
  type RecordValues,
  recordCharactersMax,
  recordTooLong,
} from './records.js';

const longNumber = /[\d.]{16,}/;
const stringOrNumber = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;

/**
 * One JSON object per line; `inputs` are the keys that are wanted, in the order of the values handed over. A key with
 * dots that the object does not have itself is looked up inside (`customer.id`). Blank lines are passed over.
 */
export function createJsonLinesSplitter(inputs: readonly string[]): RecordSplitter {
  const paths = inputs.map((input) => input.split('.'));
  let rest = '';
  let line = 1;

  function push(text: string, batch: RecordBatch): void {
    const whole = rest === '' ? text : rest + text;
    let position = 0;
    for (;;) {
      const lineEnd = whole.indexOf('\n', position);
      if (lineEnd < 0) break;
      const json = whole.slice(position, lineEnd);
      if (json.trim() !== '') {
        batch.records.push(readRecord(json));
        batch.lines.push(line);
      }
      position = lineEnd + 1;
      line += 1;
    }
    rest = whole.slice(position);
    if (rest.length > recordCharactersMax) {
      throw recordTooLong(line, 'write one JSON object on each line');
    }
  }

  function readRecord(json: string): RecordValues {
    let object: unknown;
    try {
      object = JSON.parse(longNumber.test(json) ? quoteLongNumbers(json) : json);
    } catch {
      return new Fault('record', 'is not valid JSON');
    }
    if (typeof object !== 'object' || object === null || Array.isArray(object)) {
      return new Fault('record', 'is not a JSON object; write one object on each line');
    }
    const top: object = object;
    return inputs.map((input, index) =>
      textOf(Object.hasOwn(top, input) ? Reflect.get(top, input) : valueAt(top, paths[index] ?? [])),
    );
  }

  return {
    push,
    end(batch) {
      if (rest !== '') push('\n', batch);
    },
  };
}

/** A number of JavaScript holds 15 digits; longer ones become texts, so that the column decides, not the parser. */
function quoteLongNumbers(json: string): string {
  return json.replace(stringOrNumber, (token) =>
    token.startsWith('"') || token.length < 16 ? token : `"${token}"`,
  );
}

function valueAt(object: object, path: readonly string[]): unknown {
  let value: unknown = object;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

/** Undefined where the object has no such key, so that a key which no object has can be told from empty ones. */
function textOf(value: unknown): string | null | undefined {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return value;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
