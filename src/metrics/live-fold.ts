// Folds rows of facts into partial states of windows, in memory; it runs for every row of the streams.

import type { LiveCutPlan, LiveGroup, LivePart } from './live-cuts.js';
import { scaledOf } from './live-decimal.js';
import type { FactRow } from './live-facts.js';
import type { State } from './states.js';
import { windowStart } from './window-of.js';

/** What some rows add to one window of a cut. */
export interface FoldedWindow {
  readonly cut: LiveCutPlan;
  readonly startMs: number;
  /** The keys of the dimensions as a JSON array. */
  readonly key: string;
  readonly bucket: Bucket;
}

/** States at their places. A count is a number; sums and extremes are scaled, null before the first. */
export interface Bucket {
  rows: number;
  readonly counts: number[];
  readonly decimals: (bigint | null)[];
  readonly members: (Set<string> | null)[];
}

/** What one row gives to each state: nothing, one, a decimal or a member. */
interface Gift {
  counts: boolean;
  decimal: bigint | null;
  member: string | null;
}

type Reader = (row: FactRow, gift: Gift) => void;

/** Reads what a row gives to a state. */
function readerOf(state: State): Reader {
  const where = Object.entries(state.where ?? {});
  const [first] = where;
  const matches =
    first === undefined
      ? () => true
      : where.length === 1
        ? (row: FactRow) => row[first[0]] === first[1]
        : (row: FactRow) => where.every(([field, value]) => row[field] === value);
  switch (state.kind) {
    case 'count': {
      const { field } = state;
      if (field === null) {
        return (row, gift) => {
          gift.counts = matches(row);
        };
      }
      return (row, gift) => {
        gift.counts = matches(row) && isKnown(row[field]);
      };
    }
    case 'distinct': {
      const { fields } = state;
      return (row, gift) => {
        gift.member = matches(row) ? memberOf(row, fields) : null;
      };
    }
    default: {
      const { field } = state;
      return (row, gift) => {
        const value = matches(row) ? row[field] : null;
        gift.decimal = isKnown(value) ? scaledOf(value) : null;
      };
    }
  }
}

function isKnown(value: string | number | null | undefined): value is string | number {
  return value !== null && value !== undefined;
}

/** A member of a distinct count as text: its one field, or a JSON array of several; null when one is unknown. */
function memberOf(row: FactRow, fields: readonly string[]): string | null {
  const [first] = fields;
  if (fields.length === 1 && first !== undefined) {
    const value = row[first];
    return isKnown(value) ? String(value) : null;
  }
  const texts = fields.map((field) => {
    const value = row[field];
    return isKnown(value) ? String(value) : null;
  });
  return texts.includes(null) ? null : JSON.stringify(texts);
}

function emptyBucket(places: number): Bucket {
  return {
    rows: 0,
    counts: new Array<number>(places).fill(0),
    decimals: new Array<bigint | null>(places).fill(null),
    members: new Array<Set<string> | null>(places).fill(null),
  };
}

function mergeDecimals(kind: State['kind'], known: bigint | null, other: bigint): bigint {
  if (known === null) return other;
  if (kind === 'min') return other < known ? other : known;
  if (kind === 'max') return other > known ? other : known;
  return known + other;
}

function addMember(bucket: Bucket, place: number, member: string): void {
  const known = bucket.members[place];
  if (known) known.add(member);
  else bucket.members[place] = new Set([member]);
}

/** Adds what a row gives to the states of a bucket that are kept. */
function give(
  bucket: Bucket,
  gifts: readonly Gift[],
  states: readonly State[],
  kept: readonly number[],
): void {
  bucket.rows += 1;
  for (const place of kept) {
    const gift = gifts[place];
    const state = states[place];
    if (gift === undefined || state === undefined) continue;
    if (state.kind === 'count') {
      if (gift.counts) bucket.counts[place] = (bucket.counts[place] ?? 0) + 1;
    } else if (state.kind === 'distinct') {
      if (gift.member !== null) addMember(bucket, place, gift.member);
    } else if (gift.decimal !== null) {
      bucket.decimals[place] = mergeDecimals(state.kind, bucket.decimals[place] ?? null, gift.decimal);
    }
  }
}

function merge(into: Bucket, from: Bucket, states: readonly State[]): void {
  into.rows += from.rows;
  for (const [place, { kind }] of states.entries()) {
    into.counts[place] = (into.counts[place] ?? 0) + (from.counts[place] ?? 0);
    const decimal = from.decimals[place] ?? null;
    if (decimal !== null) into.decimals[place] = mergeDecimals(kind, into.decimals[place] ?? null, decimal);
    for (const member of from.members[place] ?? []) addMember(into, place, member);
  }
}

/** Buckets by the beginning of their window and by their key. */
type Windows = Map<number, Map<string | null, Bucket>>;

function bucketAt(windows: Windows, startMs: number, key: string | null, places: number): Bucket {
  let window = windows.get(startMs);
  if (window === undefined) {
    window = new Map();
    windows.set(startMs, window);
  }
  let bucket = window.get(key);
  if (bucket === undefined) {
    bucket = emptyBucket(places);
    window.set(key, bucket);
  }
  return bucket;
}

/** How a group knows the key of a row while it folds, and how that becomes JSON. */
function keyOf({ dimensions }: LiveGroup): {
  of(row: FactRow): string | null;
  json(key: string | null): string;
} {
  const fields = dimensions.map(({ field }) => field);
  const text = (row: FactRow, field: string) => {
    const value = row[field];
    return isKnown(value) ? String(value) : null;
  };
  const [only] = fields;
  if (only === undefined) return { of: () => '[]', json: () => '[]' };
  if (fields.length === 1) return { of: (row) => text(row, only), json: (key) => JSON.stringify([key]) };
  return {
    of: (row) => JSON.stringify(fields.map((field) => text(row, field))),
    json: (key) => key ?? '[]',
  };
}

/** Longer windows from the ones that were folded. */
function rollUp(states: readonly State[], cut: LiveCutPlan, folded: Windows): Windows {
  const windows: Windows = new Map();
  for (const [startMs, keys] of folded) {
    const start = windowStart(cut.every, startMs);
    for (const [key, bucket] of keys) {
      merge(bucketAt(windows, start, key, states.length), bucket, states);
    }
  }
  return windows;
}

/** Prepares the folding of a part of a fact; what it returns folds rows of its model into the windows of every cut. */
export function createFold({
  states,
  source,
  model,
  groups: planned,
}: LivePart): (rows: readonly FactRow[]) => FoldedWindow[] {
  const readers = states.map(readerOf);
  const gifts = states.map((): Gift => ({ counts: false, decimal: null, member: null }));
  const groups = planned.map((group) => ({
    group,
    key: keyOf(group),
    kept: states.flatMap((_, place) => (group.keeps[place] ? [place] : [])),
  }));

  return (rows) => {
    const folded = groups.map((): Windows => new Map());
    for (const row of rows) {
      const atMs = row[source.time];
      if (typeof atMs !== 'number') throw new Error(`A row of ${model.name} has no ${source.time}.`);
      for (let place = 0; place < readers.length; place += 1) {
        const gift = gifts[place];
        if (gift !== undefined) readers[place]?.(row, gift);
      }
      for (let place = 0; place < groups.length; place += 1) {
        const item = groups[place];
        const windows = folded[place];
        if (item === undefined || windows === undefined) continue;
        const startMs = windowStart(item.group.foldedBy, atMs);
        give(bucketAt(windows, startMs, item.key.of(row), states.length), gifts, states, item.kept);
      }
    }
    return groups.flatMap(({ group, key }, place) =>
      group.cuts.flatMap((cut) => {
        const windows = folded[place] ?? new Map();
        return listed(cut, cut.every === group.foldedBy ? windows : rollUp(states, cut, windows), key.json);
      }),
    );
  };
}

function listed(cut: LiveCutPlan, windows: Windows, json: (key: string | null) => string): FoldedWindow[] {
  return [...windows].flatMap(([startMs, keys]) =>
    [...keys].map(([key, bucket]) => ({ cut, startMs, key: json(key), bucket })),
  );
}
