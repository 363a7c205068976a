// Conditions in the SQL of engines: what both compare as the warehouse does, and a refusal by name of the rest.

import { type Column, columnOf, findColumn, type Model, relationOf } from '../warehouse/catalogue.js';
import { type Condition, isSlot, type Scalar } from '../warehouse/read/condition.js';
import { digitsMax, type EngineSyntax, numberOf, refuseFor } from './emit-engine-syntax.js';

/** What a condition is about: the rows of a model, and how a column or a row of another model is reached from them. */
export interface FilteredRows {
  readonly model: Model;
  ref(field: string): string;
  /** Joins the row that a to-one relation leads to. */
  joined(relation: string): FilteredRows;
}

const operators = { equals: '=', not: '<>', lt: '<', lte: '<=', gt: '>', gte: '>=' } as const;

/** The condition as one boolean expression, with the third value of SQL's logic as the warehouse has it. */
export function filterOf(syntax: EngineSyntax, rows: FilteredRows, condition: Condition): string {
  switch (condition.op) {
    case 'and':
    case 'or': {
      if (condition.items.length === 0) return condition.op === 'and' ? 'TRUE' : 'FALSE';
      const items = condition.items.map((item) => filterOf(syntax, rows, item));
      return `(${items.join(condition.op === 'and' ? ' AND ' : ' OR ')})`;
    }
    case 'not':
      return `(NOT ${filterOf(syntax, rows, condition.item)})`;
    case 'null': {
      const own = findColumn(rows.model, condition.field);
      const fields = own ? [condition.field] : foreignKey(syntax, rows, condition.field);
      const test = condition.negated ? 'IS NOT NULL' : 'IS NULL';
      return `(${fields.map((field) => `${rows.ref(field)} ${test}`).join(' AND ')})`;
    }
    case 'compare': {
      const { field, operator, value } = condition;
      if (isSlot(value)) throw new Error('A report has no slots.');
      const column = columnOf(rows.model, field);
      const isOrdered = operator !== 'equals' && operator !== 'not';
      if (isOrdered && ['String', 'Enum', 'Boolean'].includes(column.type)) {
        // Texts are ordered by the rules of a language in the warehouse, enums by their declaration.
        return refuseFor(
          syntax,
          `order values of ${rows.model.name}.${field} as the warehouse does`,
          'compare with equals or in',
        );
      }
      return `(${rows.ref(field)} ${operators[operator]} ${literalOf(syntax, rows.model, column, value)})`;
    }
    case 'in':
    case 'notIn': {
      const { field, op, values } = condition;
      if (isSlot(values)) throw new Error('A report has no slots.');
      const column = columnOf(rows.model, field);
      const list = values.map((value) => literalOf(syntax, rows.model, column, value));
      if (list.length === 0) return op === 'in' ? 'FALSE' : 'TRUE';
      return `(${rows.ref(field)} ${op === 'in' ? 'IN' : 'NOT IN'} (${list.join(', ')}))`;
    }
    case 'is': {
      const keys = foreignKey(syntax, rows, condition.relation).map((field) => `${rows.ref(field)} IS NULL`);
      const inner = filterOf(syntax, rows.joined(condition.relation), condition.item);
      return `(CASE WHEN ${keys.join(' AND ')} THEN FALSE ELSE ${inner} END)`;
    }
    case 'match':
      return refuseFor(
        syntax,
        `match texts of ${rows.model.name}.${condition.field} in any case as the warehouse does`,
        'compare with equals or in',
      );
    case 'some':
    case 'none':
    case 'every':
      return refuseFor(
        syntax,
        `look through ${rows.model.name}.${condition.relation}, which leads to many rows`,
        'filter by what stands on the fact or is one row for it',
      );
  }
}

function foreignKey(syntax: EngineSyntax, { model }: FilteredRows, name: string): readonly string[] {
  const relation = relationOf(model, name);
  if (relation.owns && !relation.list) return relation.from;
  return refuseFor(
    syntax,
    `look through ${model.name}.${name}, whose key stands in ${relation.model}`,
    'filter by what stands on the fact or is one row for it',
  );
}

function literalOf(syntax: EngineSyntax, model: Model, column: Column, value: Scalar): string {
  const text = String(value);
  switch (column.type) {
    case 'String':
    case 'Enum':
      return syntax.text(text);
    case 'Boolean':
      return value === true || text === 'true' ? 'TRUE' : 'FALSE';
    case 'DateTime':
      if (column.nativeType === 'Timestamptz' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/.test(text))
        return syntax.instantLiteral(new Date(text));
      return refuseFor(
        syntax,
        `compare ${model.name}.${column.name} with ${text}`,
        'write a moment in UTC to the millisecond, such as 2024-05-01T00:00:00Z',
      );
    default:
      return decimalLiteral(syntax, model, column, text);
  }
}

/** A number in a type that has a type in common with the column's, so that nothing is rounded before it is compared. */
function decimalLiteral(syntax: EngineSyntax, model: Model, column: Column, text: string): string {
  const number = numberOf(column);
  const name = `${model.name}.${column.name}`;
  if (!number)
    return refuseFor(syntax, `compare ${name}, which is of the type ${column.type}`, 'leave it out');
  const [, whole = '', places = ''] = /^-?0*(\d*)(?:\.(\d*?)0*)?$/.exec(text) ?? [];
  const digits = Math.max(whole.length, number.digits - number.scale) + Math.max(places.length, number.scale);
  if (whole + places === '' && !/^-?0*\.?0*$/.test(text)) {
    return refuseFor(syntax, `compare ${name} with ${text}`, 'write a decimal such as 1234.5');
  }
  if (digits > digitsMax) {
    return refuseFor(syntax, `compare ${name} with ${text}, which has too many digits`, 'write fewer');
  }
  return `CAST(${syntax.text(text)} AS DECIMAL(${Math.max(whole.length + places.length, 1)}, ${places.length}))`;
}
