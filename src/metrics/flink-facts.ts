// What Flink may keep windows of, and the fields of facts that it has to know for it.

import { FlywheelError } from '../core/errors.js';
import { columnOf } from '../warehouse/catalogue.js';
import type { Grain } from './grain.js';
import type { LiveCuts, LiveFact, LivePart } from './live-cuts.js';

/** A fact whose windows Flink can keep, with what it is told of each row. */
export interface FlinkFact {
  readonly fact: LiveFact;
  readonly part: LivePart;
  readonly fields: readonly FlinkField[];
}

/** A field of a fact as Flink has it. */
export interface FlinkField {
  readonly name: string;
  readonly type: string;
}

/** What comes in by the streams and never goes again; facts of the wheel may, and give back what windows had of them. */
const streamed: ReadonlySet<string> = new Set(['Event', 'Sale', 'Measurement']);

/** The windows whose beginning Flink works out as we do; those of months and longer have no fixed length. */
const grains: ReadonlySet<Grain> = new Set<Grain>(['SECOND', 'MINUTE', 'HOUR', 'DAY', 'WEEK', 'ALL']);

/**
 * The facts whose windows Flink keeps; those of the others, which follow from decisions, stay with the pipelines.
 * BAD_INPUT, with the name of the cut, for windows that it cannot keep.
 */
export function planFlinkFacts(cuts: LiveCuts): readonly FlinkFact[] {
  return cuts.facts.flatMap((fact) => {
    const [part, ...others] = fact.parts;
    if (others.length > 0 || !streamed.has(part.model.name)) return [];
    for (const cut of fact.groups.flatMap((group) => group.cuts)) {
      if (grains.has(cut.every)) continue;
      throw new FlywheelError(
        'BAD_INPUT',
        `Flink cannot keep windows of a ${cut.every}, as ${cut.name} asks; leave that cut out, or do without FLINK_SQL_GATEWAY.`,
      );
    }
    return [{ fact, part, fields: fieldsOf(fact, part) }];
  });
}

function fieldsOf({ states, groups }: LiveFact, part: LivePart): FlinkField[] {
  const relations = new Set<string>();
  const columns = new Set<string>();
  for (const { grouping, field } of groups.flatMap(({ dimensions }) => dimensions)) {
    (grouping.kind === 'foreignKey' ? relations : columns).add(field);
  }
  for (const state of states) {
    for (const field of Object.keys(state.where ?? {})) columns.add(field);
    if (state.kind === 'distinct') for (const field of state.fields) columns.add(field);
    else if (state.field !== null) columns.add(state.field);
  }
  columns.delete(part.source.time);
  return [
    // Times travel as milliseconds since 1970, so that no zone and no way of writing comes between.
    { name: part.source.time, type: 'BIGINT' },
    ...[...columns].map((name) => ({ name, type: typeOf(part, name) })),
    ...[...relations].map((name) => ({ name, type: 'STRING' })),
  ];
}

function typeOf({ model }: LivePart, name: string): string {
  const { type, nativeArgs } = columnOf(model, name);
  switch (type) {
    case 'String':
    case 'Enum':
      return 'STRING';
    case 'Int':
      return 'INT';
    case 'BigInt':
      return 'BIGINT';
    case 'Decimal':
      return `DECIMAL(${(nativeArgs ?? []).join(', ')})`;
    default:
      throw new Error(`${model.name}.${name} is of the type ${type}, which Flink is not told of.`);
  }
}
