// Values in PostgreSQL: formulas over merged states, the conditions that count rows, and decimals as text.

import { sql } from 'kysely';
import { type Catalogue, columnOf, type Model } from '../warehouse/catalogue.js';
import { allOf, type Condition } from '../warehouse/read/condition.js';
import { type BooleanSql, fieldRef, whereExpression } from '../warehouse/read/where.js';
import type { RowFilter } from './definition.js';
import type { Sql } from './emit-time.js';
import type { Formula, State, StatePlan } from './states.js';

/** The rows that a filter of a definition keeps, as a condition. */
export function conditionOf(where: RowFilter): Condition {
  return allOf(
    Object.entries(where).map(([field, value]) => ({ op: 'compare', field, operator: 'equals', value })),
  );
}

/** ` filter (where …)` for an aggregate, or nothing. */
function filterClause(conditions: readonly BooleanSql[]): Sql {
  return conditions.length === 0 ? sql`` : sql` filter (where ${sql.join(conditions, sql` and `)})`;
}

function whereOf(catalogue: Catalogue, model: Model, alias: string, where: RowFilter | null): BooleanSql[] {
  return where ? [whereExpression(catalogue, model, alias, conditionOf(where))] : [];
}

/** The aggregate over rows of the fact that yields a state, or for a distinct state the number of its members. */
export function stateOverRows(catalogue: Catalogue, model: Model, alias: string, state: State): Sql {
  const clause = filterClause(whereOf(catalogue, model, alias, state.where));
  switch (state.kind) {
    case 'sum':
    case 'min':
    case 'max':
      return sql`${sql.raw(state.kind)}(${fieldRef(model, alias, state.field)})${clause}::numeric`;
    case 'count': {
      const what = state.field === null ? sql`*` : fieldRef(model, alias, state.field);
      return sql`count(${what})${clause}::numeric`;
    }
    case 'distinct': {
      const refs = state.fields.map((field) => fieldRef(model, alias, field));
      const known = state.fields
        .filter((field) => columnOf(model, field).nullable)
        .map((field) => sql<boolean>`${fieldRef(model, alias, field)} is not null`);
      const filter = filterClause([...whereOf(catalogue, model, alias, state.where), ...known]);
      const member = refs.length === 1 ? sql`${refs[0]}` : sql`row(${sql.join(refs)})`;
      return sql`count(distinct ${member})${filter}::numeric`;
    }
  }
}

/** Whether any row of a group counts for a state; null when every row does. */
export function presenceOverRows(
  catalogue: Catalogue,
  model: Model,
  alias: string,
  state: State,
): Sql | null {
  const [condition] = whereOf(catalogue, model, alias, state.where);
  return condition ? sql`bool_or(${condition})` : null;
}

/** How two values of a state merge into one. */
export function mergeOf(state: State, ref: Sql): Sql {
  return state.kind === 'min' || state.kind === 'max'
    ? sql`${sql.raw(state.kind)}(${ref})`
    : sql`sum(${ref})`;
}

/**
 * The value of a formula over merged states. A quotient is rounded half away from zero to six places,
 * exactly: its first seven places are cut off, not rounded, so that no digit is rounded twice.
 */
export function formulaValue(formula: Formula, stateRef: (place: number) => Sql): Sql {
  if (formula.kind === 'state') {
    const ref = stateRef(formula.state);
    const value = formula.emptyIsZero ? sql`coalesce(${ref}, 0)` : ref;
    return formula.negated ? sql`(-${value})` : value;
  }
  const numerator = formulaValue(formula.numerator, stateRef);
  const denominator = formulaValue(formula.denominator, stateRef);
  return sql`round(div(${numerator} * 10000000, nullif(${denominator}, 0)) * 0.0000001, 6)`;
}

/** The values of all metrics of a plan over merged states under an alias. */
export function metricValues(plan: StatePlan, alias: string): Sql[] {
  return plan.formulas.map((formula) => formulaValue(formula, (place) => sql.ref(`${alias}._s${place}`)));
}

/** A decimal as text, without trailing zeros. */
export function decimalText(value: Sql): Sql {
  return sql`trim_scale(${value})::text`;
}
