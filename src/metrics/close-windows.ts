// Publishes windows that have changed or ended: their values now, their revision, and whether they are final.

import type { Catalogue } from '../warehouse/catalogue.js';
import { publish } from '../warehouse/outbox.js';
import type { Session } from '../warehouse/session.js';
import { type GenerationRow, holdGenerations } from './emit-flink-generations.js';
import {
  capWindows,
  distinctPlaces,
  endedWindows,
  keyLabels,
  type StoredWindow,
  storeWindows,
  takeChanges,
  type WindowRow,
  type WindowValuesRow,
  windowValues,
} from './emit-live-close.js';
import type { ResultMessage } from './live.js';
import { type LiveCutPlan, type LiveCuts, type LiveFact, placesOf } from './live-cuts.js';
import { windowEnd } from './window-of.js';

/** The watermarks by the names of the clocks, in milliseconds since 1970. */
export type Watermarks = ReadonlyMap<string, number>;

export interface CloseWindowsDeps {
  readonly catalogue: Catalogue;
  readonly cuts: LiveCuts;
  /** The topic that results are published to. */
  readonly topic: string;
  /** How many changes, and how many ended windows, are taken at once. */
  readonly windowsMax: number;
}

export interface Closed {
  readonly early: number;
  readonly final: number;
  /** Whether as much was taken as is taken at once, so that more may be waiting. */
  readonly more: boolean;
}

interface OpenWindow {
  readonly cut: LiveCutPlan;
  readonly startMs: number;
  readonly key: string;
}

/** Creates what closes windows, in the transaction of the caller. */
export function createCloseWindows({ catalogue, cuts, topic, windowsMax }: CloseWindowsDeps) {
  const clocks = cuts.facts.flatMap((fact) =>
    fact.groups.flatMap((group) => group.cuts.map((cut) => ({ cut: cut.name, fact }))),
  );

  function ended(watermarkOf: (fact: LiveFact) => number | undefined, held: ReadonlySet<LiveFact>) {
    const ends = clocks.flatMap(({ cut, fact }) => {
      const watermarkMs = held.has(fact) ? undefined : watermarkOf(fact);
      return watermarkMs === undefined ? [] : [{ cut, watermarkMs }];
    });
    return ends.length === 0 ? undefined : endedWindows(ends, windowsMax);
  }

  return async (session: Session, watermarks: Watermarks): Promise<Closed> => {
    // They stay as they are until what is published on their account is.
    const generations = new Map((await session.rows(holdGenerations())).map((row) => [row.fact, row]));
    const held = new Set(cuts.facts.filter(({ name }) => isHeld(generations.get(name))));
    const watermarkOf = (fact: LiveFact) =>
      confirmedOf(generations.get(fact.name), watermarks.get(fact.clock));
    const heldCuts = clocks.flatMap(({ cut, fact }) => (held.has(fact) ? [cut] : []));
    const changed = await session.rows(takeChanges(windowsMax, heldCuts));
    const statement = ended(watermarkOf, held);
    const over = statement === undefined ? [] : await session.rows(statement);
    const windows = new Map(
      [...changed, ...over].map((row) => [`${row.cut}|${row.startMs}|${row.key}`, row]),
    );
    const stored: StoredWindow[] = [];
    for (const fact of cuts.facts) {
      const own = windowsOf(cuts, fact, [...windows.values()]);
      if (own.length === 0) continue;
      stored.push(...(await changedWindows(catalogue, session, fact, own, watermarkOf(fact))));
    }
    if (stored.length > 0) {
      await session.run(storeWindows(stored));
      await publish(
        session,
        stored.map(({ cut, startMs, key, message }) => ({
          topic,
          key: `${cut}|${startMs}|${key}`,
          value: message,
        })),
      );
    }
    const final = stored.filter((window) => window.final).length;
    const more = (changed[0]?.taken ?? 0) >= windowsMax || over.length >= windowsMax;
    return { early: stored.length - final, final, more };
  };
}

/** Whether the windows of a fact are not as they should be, and Flink is about to make them so. */
function isHeld(generation: GenerationRow | undefined): boolean {
  return generation !== undefined && (!generation.ready || generation.stale !== null);
}

/** How far event time has come as far as the windows know of it: Flink may be behind. */
export function confirmedOf(
  generation: Pick<GenerationRow, 'confirmedMs'> | undefined,
  watermarkMs: number | undefined,
): number | undefined {
  if (generation === undefined || watermarkMs === undefined) return watermarkMs;
  return generation.confirmedMs === null ? undefined : Math.min(generation.confirmedMs, watermarkMs);
}

/** The windows of a fact; one of a cut that is no longer declared is left as it is. */
function windowsOf(cuts: LiveCuts, fact: LiveFact, rows: readonly WindowRow[]): OpenWindow[] {
  return rows.flatMap(({ cut, startMs, key }) => {
    const found = cuts.findCut(cut);
    return found?.fact === fact ? [{ cut: found.cut, startMs, key }] : [];
  });
}

/** Windows whose message differs from the last one, as they are now. */
async function changedWindows(
  catalogue: Catalogue,
  session: Session,
  fact: LiveFact,
  windows: readonly OpenWindow[],
  watermarkMs: number | undefined,
): Promise<StoredWindow[]> {
  const keys = windows.map(({ cut, startMs, key }) => ({ cut: cut.name, startMs, key }));
  const rows = await session.rows(windowValues(fact, keys));
  const refused = refusedPlaces(fact, windows, rows);
  if (refused.size > 0) {
    await session.run(
      capWindows(
        fact,
        [...refused].flatMap(([place, places]) => (keys[place] ? [{ ...keys[place], places }] : [])),
      ),
    );
  }
  const label = await readLabels(catalogue, session, fact, windows);
  return rows.flatMap((row) => {
    const window = windows[row.place];
    return window === undefined
      ? []
      : changedWindow(fact, window, row, refused.get(row.place) ?? [], label, watermarkMs);
  });
}

/** The places of distinct states that have more members than their cut counts, by the places of the windows. */
function refusedPlaces(
  fact: LiveFact,
  windows: readonly OpenWindow[],
  rows: readonly WindowValuesRow[],
): Map<number, number[]> {
  const places = distinctPlaces(fact);
  const refused = new Map<number, number[]>();
  for (const { place, members } of rows) {
    const over = places.filter((state, index) => {
      const max = windows[place]?.cut.membersMax.get(state);
      const count = Number(members[index] ?? 0);
      return max !== undefined && (Number.isNaN(count) || count > max);
    });
    if (over.length > 0) refused.set(place, over);
  }
  return refused;
}

type LabelOf = (dimension: string, key: string | null) => string | null;

async function readLabels(
  catalogue: Catalogue,
  session: Session,
  fact: LiveFact,
  windows: readonly OpenWindow[],
): Promise<LabelOf> {
  const keysOf = new Map<string, Set<string>>();
  const definitions = new Map(
    windows.flatMap(({ cut }) =>
      cut.dimensions.map(({ definition }) => [definition.name, definition] as const),
    ),
  );
  for (const { cut, key } of windows) {
    for (const [place, value] of keysIn(key).entries()) {
      const name = cut.dimensions[place]?.definition.name;
      if (name === undefined || value === null) continue;
      const known = keysOf.get(name);
      if (known) known.add(value);
      else keysOf.set(name, new Set([value]));
    }
  }
  const labels = new Map<string, ReadonlyMap<string, string | null>>();
  for (const [name, definition] of definitions) {
    const statement = keyLabels(catalogue, fact, definition, [...(keysOf.get(name) ?? [])]);
    if (statement === undefined) continue;
    const rows = await session.rows(statement);
    labels.set(name, new Map(rows.map(({ value, label }) => [value, label])));
  }
  return (dimension, key) => {
    if (key === null) return null;
    const known = labels.get(dimension);
    return known === undefined ? key : (known.get(key) ?? null);
  };
}

/** The keys of a window from their JSON, which is of our own making. */
function keysIn(key: string): readonly (string | null)[] {
  const keys: unknown = JSON.parse(key);
  if (!Array.isArray(keys)) throw new Error(`${key} is no key of a window.`);
  return keys.map((value) => (typeof value === 'string' ? value : null));
}

function changedWindow(
  fact: LiveFact,
  { cut, startMs, key }: OpenWindow,
  row: WindowValuesRow,
  refused: readonly number[],
  labelOf: LabelOf,
  watermarkMs: number | undefined,
): StoredWindow[] {
  const endMs = windowEnd(cut.every, startMs);
  const final = endMs !== null && watermarkMs !== undefined && endMs <= watermarkMs;
  const keys = keysIn(key);
  const revision = (row.revision ?? 0) + 1;
  const message: ResultMessage = {
    cut: cut.name,
    start: endMs === null ? null : new Date(startMs).toISOString(),
    end: endMs === null ? null : new Date(endMs).toISOString(),
    key: keys,
    labels: keys.map((value, place) => labelOf(cut.dimensions[place]?.definition.name ?? '', value)),
    ...valuesOf(fact, cut, row.values, refused),
    final,
    revision,
    watermark: watermarkMs === undefined ? null : new Date(watermarkMs).toISOString(),
  };
  const text = JSON.stringify(message);
  // Everything before the revision says what the window is; where that is as before, there is nothing to publish.
  const same = text.slice(0, text.indexOf(`,"revision":${revision},"watermark":`) + 1);
  if (row.message?.startsWith(`${same}"revision":`)) return [];
  return [{ cut: cut.name, startMs, key, endMs, message: text, revision, final }];
}

/** The values of the metrics that a cut keeps; those whose members are too many to count are null, and named. */
function valuesOf(
  fact: LiveFact,
  cut: LiveCutPlan,
  values: readonly (string | null)[],
  refused: readonly number[],
): Pick<ResultMessage, 'values' | 'refused'> {
  const kept = cut.metrics.map((item) => {
    const value = values[fact.metrics.indexOf(item)] ?? null;
    const isRefused =
      value === 'NaN' ||
      (refused.length > 0 && placesOf(item.formula).some((place) => refused.includes(place)));
    return { name: item.metric.name, value: isRefused ? null : value, isRefused };
  });
  const names = kept.filter(({ isRefused }) => isRefused).map(({ name }) => name);
  return {
    values: Object.fromEntries(kept.map(({ name, value }) => [name, value])),
    ...(names.length > 0 ? { refused: names } : {}),
  };
}
