// One level of a report (its rows, or its totals) in PostgreSQL: states merged from the cells of every fact.

import { sql } from 'kysely';
import { columnOf } from '../warehouse/catalogue.js';
import type { Cells } from './emit-cells.js';
import type { Sql } from './emit-time.js';
import { mergeOf } from './emit-value.js';
import type { DistinctState, PlacedState } from './states.js';

/** The name of the column that holds a state. */
export function stateColumn(place: number): string {
  return `_s${place}`;
}

function groupBy(count: number): Sql {
  const places = Array.from({ length: count }, (_, place) => sql.lit(place + 1));
  return places.length === 0 ? sql`` : sql` group by ${sql.join(places)}`;
}

/** The columns of all states, null where the branch has none. */
function stateList(states: readonly PlacedState[], given: ReadonlyMap<number, Sql>): Sql[] {
  return states.map(
    (_, place) => sql`${given.get(place) ?? sql`null::numeric`} as ${sql.ref(stateColumn(place))}`,
  );
}

function selectFrom(columns: readonly Sql[], from: Sql): Sql {
  return sql`select ${sql.join(columns)} from ${from}`;
}

function additiveBranch(
  cells: Cells,
  states: readonly PlacedState[],
  keys: readonly string[],
  isDone: boolean,
) {
  const refs = keys.map((key) => sql.ref(key));
  const given = new Map(
    cells.pass.additive.map(({ place, state }) => {
      const ref = sql.ref(stateColumn(place));
      return [place, isDone ? ref : mergeOf(state, ref)] as const;
    }),
  );
  const select = selectFrom([...refs, ...stateList(states, given)], sql.table(cells.name));
  return isDone ? select : sql`${select}${groupBy(refs.length)}`;
}

/**
 * Counts the members of a set: cells are grouped to members first, since hashing members costs a
 * fraction of the sort that count(distinct) makes. `keepsAll` keeps keys without any member, as zeros.
 */
function distinctBranch(
  cells: Cells,
  states: readonly PlacedState[],
  keys: readonly string[],
  { place, state }: { readonly place: number; readonly state: DistinctState },
  keepsAll: boolean,
): Sql {
  const columns = state.fields.map((field) => columnOf(cells.model, field));
  const present = state.where ? [sql.ref(`_f${place}`)] : [];
  const known = columns
    .filter((column) => column.nullable)
    .map((column) => sql`${sql.ref(column.column)} is not null`);
  const groups = [...keys.map((key) => sql.ref(key)), ...columns.map((column) => sql.ref(column.column))];
  const from = sql.table(cells.name);
  const conditions = [...present, ...known];
  const counts = conditions.length > 0;
  let members: Sql;
  let clause = sql``;
  if (!keepsAll) {
    const where = counts ? sql` where ${sql.join(conditions, sql` and `)}` : sql``;
    members = sql`${selectFrom(groups, from)}${where}${groupBy(groups.length)}`;
  } else {
    const flag = counts ? sql`bool_or(${sql.join(conditions, sql` and `)})` : sql`true`;
    members = sql`${selectFrom([...groups, sql`${flag} as _counts`], from)}${groupBy(groups.length)}`;
    clause = sql` filter (where _counts)`;
  }
  const given = new Map([[place, sql`count(*)${clause}::numeric`]]);
  const outer = [...keys.map((key) => sql.ref(key)), ...stateList(states, given)];
  return sql`${selectFrom(outer, sql`(${members}) as d`)}${groupBy(keys.length)}`;
}

/**
 * A query of the merged states, one row for each combination of the key columns (without any, one row).
 * Facts of several tables meet here: their branches have the same keys and are merged like any others.
 */
export function mergedStates(
  cells: readonly Cells[],
  states: readonly PlacedState[],
  keys: readonly string[],
  isRows: boolean,
): Sql {
  const branches = cells.flatMap((item) => {
    const { additive, distinct } = item.pass;
    const covered = additive.length > 0;
    return [
      ...(covered ? [additiveBranch(item, states, keys, isRows && item.grouped)] : []),
      ...distinct.map((state, place) => distinctBranch(item, states, keys, state, !covered && place === 0)),
    ];
  });
  const [only] = branches;
  if (only && branches.length === 1) return only;
  return regrouped(sql.join(branches, sql` union all `), states, keys);
}

/** Merges rows of states that share their keys. */
export function regrouped(rows: Sql, states: readonly PlacedState[], keys: readonly string[]): Sql {
  const columns = [
    ...keys.map((key) => sql.ref(key)),
    ...states.map(({ state }, place) => {
      const ref = sql.ref(stateColumn(place));
      return sql`${mergeOf(state, ref)} as ${ref}`;
    }),
  ];
  return sql`${selectFrom(columns, sql`(${rows}) as u`)}${groupBy(keys.length)}`;
}
