// What Flink says of windows: read from its records, and put in the place of what it said before.

import { parsedJson } from '../core/parsed-json.js';
import type { Session } from '../warehouse/session.js';
import { holdGenerations } from './emit-flink-generations.js';
import { type FlinkWindow, putFlinkWindows } from './emit-flink-partials.js';
import { readFlinkKey } from './emit-flink-windows.js';
import type { FlinkFact } from './flink-facts.js';
import type { LiveCutPlan, LiveFact } from './live-cuts.js';

/** A window with its states as Flink has them. */
export interface SaidWindow extends FlinkWindow {
  readonly fact: string;
  readonly generation: number;
}

/** What was done with windows, by their generation. */
export interface PutWindows {
  /** In which fewer facts are counted than were before. */
  readonly behind: readonly SaidWindow[];
  readonly put: readonly SaidWindow[];
}

export interface FlinkWindowReader {
  /** The window that the value of a record of Flink's tells of; undefined for none of ours. */
  read(value: Buffer): SaidWindow | undefined;
  /** Puts windows in the place of what was known of them; those of other generations than the ones at work are left out. */
  put(session: Session, windows: readonly SaidWindow[]): Promise<PutWindows>;
}

export function createFlinkWindowReader(facts: readonly FlinkFact[]): FlinkWindowReader {
  const cuts = new Map(
    facts.flatMap(({ fact }) =>
      fact.groups.flatMap((group) => group.cuts.map((cut) => [cut.name, { fact, cut }] as const)),
    ),
  );
  return {
    read(value) {
      const said = parsed(value);
      const found = said && cuts.get(said.cut);
      if (said === undefined || found === undefined) return undefined;
      return {
        fact: found.fact.name,
        cut: said.cut,
        startMs: said.start,
        key: readFlinkKey(said.key),
        generation: said.generation,
        rows: said.rows,
        states: statesText(found.fact, found.cut, said.states, said.rows),
      };
    },
    async put(session, windows) {
      const generations = new Map(
        (await session.rows(holdGenerations())).map(({ fact, generation }) => [fact, generation]),
      );
      const newest = new Map<string, SaidWindow>();
      for (const window of windows) {
        if (generations.get(window.fact) !== window.generation) continue;
        const name = windowName(window);
        const known = newest.get(name);
        if (known === undefined || known.rows <= window.rows) newest.set(name, window);
      }
      const said = [...newest.values()];
      if (said.length === 0) return { behind: [], put: [] };
      const places = new Set((await session.rows(putFlinkWindows(said))).map(({ place }) => place));
      return {
        behind: said.filter((_, place) => !places.has(place)),
        put: said.filter((_, place) => places.has(place)),
      };
    },
  };
}

/** A window as no other is called. */
export function windowName({ cut, startMs, key }: Pick<SaidWindow, 'cut' | 'startMs' | 'key'>): string {
  return `${cut}|${startMs}|${key}`;
}

/** An array of PostgreSQL; Flink writes numbers as PostgreSQL reads them. */
function statesText(
  fact: LiveFact,
  cut: LiveCutPlan,
  states: readonly (string | null)[],
  rows: number,
): string {
  const kept = fact.states.map((_, place) => (cut.keeps[place] ? (states[place] ?? 'NULL') : 'NULL'));
  return `{${[...kept, rows].join()}}`;
}

interface Said {
  readonly cut: string;
  readonly start: number;
  readonly key: string;
  readonly generation: number;
  readonly rows: number;
  readonly states: readonly (string | null)[];
}

function parsed(value: Buffer): Said | undefined {
  const content = parsedJson(value.toString());
  if (typeof content !== 'object' || content === null) return undefined;
  const { cut, start, key, generation, rows, states }: Partial<Record<keyof Said, unknown>> = content;
  if (typeof cut !== 'string' || typeof key !== 'string' || !Array.isArray(states)) return undefined;
  if (typeof start !== 'number' || typeof generation !== 'number' || typeof rows !== 'number')
    return undefined;
  // Somebody else's, in which there is no moment, must not stop the reading.
  if (!Number.isInteger(start) || Math.abs(start) > 8.64e15 || !Number.isInteger(rows)) return undefined;
  if (!states.every((state) => state === null || /^-?\d+(\.\d+)?(E-?\d+)?$/.test(String(state))))
    return undefined;
  return { cut, start, key, generation, rows, states: states.map((state) => state ?? null) };
}
