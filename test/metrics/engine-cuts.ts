// The states of live cuts as PostgreSQL restates them from the facts, for the engines to be held against.

import { fillWindows } from '../../src/metrics/emit-restate.js';
import type { LiveCutPlan, LiveCuts, LiveFact, LivePart } from '../../src/metrics/live-cuts.js';
import { catalogue } from '../../src/warehouse/catalogue.js';
import type { TestDatabase } from '../support/postgres.js';

export interface GivenCut {
  readonly fact: LiveFact;
  readonly part: LivePart;
  readonly cut: LiveCutPlan;
}

/** Every grain without dimensions, and every dimension at the longest grain that it is kept at. */
export function representativeCuts({ facts }: LiveCuts): GivenCut[] {
  return facts.flatMap((fact) =>
    fact.parts.flatMap((part) =>
      part.groups.flatMap(({ cuts, dimensions }) =>
        (dimensions.length === 0 ? cuts : cuts.slice(-1)).map((cut) => ({ fact, part, cut })),
      ),
    ),
  );
}

/** Rows of the window's start, its keys and the states that the cut keeps, sorted. */
export async function restatedRows(
  { kysely, pool }: TestDatabase,
  { fact, part, cut }: GivenCut,
): Promise<(string | null)[][]> {
  const fromMs = Date.parse('1900-01-01T00:00:00Z');
  await fillWindows(catalogue, fact, part, { cut, fromMs, toMs: null }).execute(kysely);
  const { rows } = await pool.query<{ start: Date; key: string; states: (string | null)[] }>(
    `select window_start as start, key, array(select trim_scale(s)::text from unnest(states) with ordinality as u(s, n) order by n) as states
     from live_partial where cut = $1`,
    [cut.name],
  );
  await pool.query('truncate live_partial, live_change');
  return sortedRows(
    rows.map(({ start, key, states }) => [
      start.toISOString(),
      ...keysOf(key),
      ...states.filter((_, place) => cut.keeps[place]),
    ]),
  );
}

function keysOf(key: string): (string | null)[] {
  const keys: unknown = JSON.parse(key);
  if (!Array.isArray(keys)) throw new Error(`${key} is no array of keys.`);
  return keys.map((item) => (item === null ? null : String(item)));
}

export function sortedRows<T extends readonly (string | null)[]>(rows: readonly T[]): T[] {
  const order = (row: T) => JSON.stringify(row);
  return [...rows].sort((a, b) => (order(a) < order(b) ? -1 : 1));
}
