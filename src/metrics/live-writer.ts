// Adds the facts of a batch to the windows of every live cut, in the transaction that also inserts them.

import { FlywheelError } from '../core/errors.js';
import type { Catalogue } from '../warehouse/catalogue.js';
import type { Session } from '../warehouse/session.js';
import type { Definitions } from './definition.js';
import { joinWriters, type WriterRow } from './emit-live-lock.js';
import { addMembers, compareWindows, countKnown, type MemberRow } from './emit-live-members.js';
import { addPartials, type PartialRow } from './emit-live-partials.js';
import type { FactPublisher } from './fact-publisher.js';
import { type LiveCutPlan, type LiveFact, type LivePart, planLiveCuts } from './live-cuts.js';
import { scaledText } from './live-decimal.js';
import type { LiveWriter, NewFacts } from './live-facts.js';
import { createFold, type FoldedWindow } from './live-fold.js';
import { keptMs, windowEnd } from './window-of.js';

export interface LiveWriterDeps {
  readonly catalogue: Catalogue;
  readonly definitions: Definitions;
  /** How long after its window ended, by the watermark, a fact still counts for it. */
  readonly graceMs: number;
  /** Hands facts to Flink, which then keeps their windows; only what is late for one is added here. */
  readonly publisher?: FactPublisher | undefined;
}

/** The windows that are kept for the shortest time are, and end within it. */
const shortestKeptMs = (keptMs('SECOND') ?? 0) - (windowEnd('SECOND', 0) ?? 0);

/** A folded window of a fact, whether it is past, and how many members are new to it, by the place of the state. */
interface Addition extends FoldedWindow {
  readonly fact: LiveFact;
  readonly part: LivePart;
  readonly gone: boolean;
  readonly late: boolean;
  readonly newMembers: Map<number, number>;
}

/** Whether a window takes no more facts at a watermark. */
function isPast({ every }: LiveCutPlan, startMs: number, watermarkMs: number | undefined, graceMs: number) {
  if (watermarkMs === undefined) return false;
  const endMs = windowEnd(every, startMs);
  if (endMs !== null && endMs + graceMs <= watermarkMs) return true;
  // What is kept no longer would otherwise begin anew, with the late facts alone.
  const kept = keptMs(every);
  return kept !== null && startMs < watermarkMs - kept;
}

/** The number of facts that are late for their shortest window, and so for some window. */
function lateRows(part: LivePart, additions: readonly Addition[]): number {
  const shortest = part.groups
    .flatMap(({ cuts }) => cuts.slice(0, 1))
    .reduce<LiveCutPlan | undefined>(
      (best, cut) => (best && lengthOf(best) <= lengthOf(cut) ? best : cut),
      undefined,
    );
  return additions
    .filter(({ cut, late }) => late && cut === shortest)
    .reduce((sum, { bucket }) => sum + bucket.rows, 0);
}

function lengthOf({ every }: LiveCutPlan): number {
  return windowEnd(every, 0) ?? Number.POSITIVE_INFINITY;
}

function statesText({ fact, cut, bucket, gone, newMembers }: Addition): string {
  const texts = fact.states.map((state, place) => {
    if (!cut.keeps[place]) return 'NULL';
    if (state.kind === 'count') return String((gone ? -1 : 1) * (bucket.counts[place] ?? 0));
    if (gone) {
      if (state.kind !== 'sum') throw new Error(`A ${state.kind} of ${fact.name} gives nothing back.`);
      const sum = bucket.decimals[place] ?? null;
      return sum === null ? 'NULL' : scaledText(-sum);
    }
    if (state.kind === 'distinct') return String(newMembers.get(place) ?? 0);
    const decimal = bucket.decimals[place] ?? null;
    return decimal === null ? 'NULL' : scaledText(decimal);
  });
  return `{${texts.join()}}`;
}

/** Creates what adds facts to windows; `write` makes a few statements per batch, however many cuts there are. */
export function createLiveWriter({ catalogue, definitions, graceMs, publisher }: LiveWriterDeps): LiveWriter {
  const folds = planLiveCuts(catalogue, definitions).facts.flatMap((fact) =>
    fact.parts.map((part) => ({ fact, part, fold: createFold(part) })),
  );
  const isOfFlink = (fact: LiveFact) => publisher?.facts.has(fact.name) === true;

  function additionsOf(
    { model, rows, gone = false }: NewFacts,
    clocks: Readonly<Record<string, number>>,
  ): Addition[] {
    const own = folds.filter(({ part }) => part.model.name === model);
    return own.flatMap(({ fact, part, fold }) => {
      const clockMs = clocks[fact.clock];
      const counted = isOfFlink(fact)
        ? rows.filter((row) => mayBeLate(row[part.source.time], clockMs))
        : rows;
      if (counted.length === 0) return [];
      const additions = fold(counted).map((window) => ({
        ...window,
        fact,
        part,
        gone,
        late: isPast(window.cut, window.startMs, clockMs, graceMs),
        newMembers: new Map(),
      }));
      return isOfFlink(fact) ? additions.filter(({ late }) => late) : additions;
    });
  }

  /** Whether a fact may be late for some window; most facts are not, and need no folding to know. */
  function mayBeLate(atMs: string | number | null | undefined, clockMs: number | undefined): boolean {
    return clockMs !== undefined && Number(atMs) < clockMs - Math.min(graceMs, shortestKeptMs);
  }

  return {
    async write(session, writer, given) {
      const [row] = await session.rows(joinWriters());
      const models = new Set(given.map(({ model }) => model));
      checkKeepers(
        folds.flatMap(({ fact, part }) => (models.has(part.model.name) ? [fact] : [])),
        isOfFlink,
        row,
      );
      await publisher?.publish(session, writer, given, row);
      let late = 0;
      const additions = given.flatMap((facts) => additionsOf(facts, row?.clocks ?? {}));
      const [ofFlink, own] = [true, false].map((wanted) =>
        additions.filter(({ fact }) => isOfFlink(fact) === wanted),
      );
      await countNewMembers(catalogue, session, own ?? [], false);
      await countNewMembers(catalogue, session, ofFlink ?? [], true);
      // One part after another, and what is gone apart: they may change the same window.
      for (const { fact, part } of folds) {
        for (const gone of [false, true]) {
          const added = additions.filter((addition) => addition.part === part && addition.gone === gone);
          if (added.length === 0) continue;
          await session.run(addPartials(fact, writer, added.map(partialOf)));
          // What counts in several facts is late for its own.
          if (!gone && fact.name === part.model.name) late += lateRows(part, added);
        }
      }
      return { late };
    },
  };
}

/** Windows that two keep at once would count twice. */
function checkKeepers(
  facts: readonly LiveFact[],
  isOfFlink: (fact: LiveFact) => boolean,
  row: WriterRow | undefined,
): void {
  for (const fact of facts) {
    if ((row?.generations?.[fact.name] !== undefined) === isOfFlink(fact)) continue;
    const sentence = isOfFlink(fact)
      ? `The windows of ${fact.name} are kept by a pipeline that does without Flink; set FLINK_SQL_GATEWAY for every pipeline or for none, and start this one again.`
      : `Flink keeps the windows of ${fact.name}; set FLINK_SQL_GATEWAY for this pipeline too, or start it again once no other pipeline uses Flink.`;
    throw new FlywheelError('UNAVAILABLE', sentence);
  }
}

function partialOf(addition: Addition): PartialRow {
  const { cut, startMs, key, late } = addition;
  return { cut: cut.name, startMs, key, late, states: statesText(addition) };
}

function windowOf({ cut, startMs, key }: Addition) {
  return { cut: cut.name, startMs, key, endMs: windowEnd(cut.every, startMs) };
}

/**
 * Keeps the members of the additions and notes how many are new to their window. Members that were counted elsewhere,
 * such as by Flink, stand in the facts alone, and are looked for there.
 */
async function countNewMembers(
  catalogue: Catalogue,
  session: Session,
  additions: readonly Addition[],
  countedElsewhere: boolean,
): Promise<void> {
  const withMembers = additions
    .filter(({ bucket }) => bucket.members.some((members) => members !== null))
    .sort((a, b) => compareWindows(windowOf(a), windowOf(b)));
  const members = withMembers.flatMap(({ cut, bucket }, place) =>
    bucket.members.flatMap((set, state) =>
      cut.keeps[state] ? [...(set ?? [])].map((member): MemberRow => ({ place, state, member })) : [],
    ),
  );
  if (members.length === 0) return;
  const windows = withMembers.map(windowOf);
  const added = await session.rows(addMembers(windows, members, countedElsewhere));
  for (const { place, state, count } of added) withMembers[place]?.newMembers.set(state, count);
  const doubtful = added.flatMap(({ place, state, doubtful: texts }) =>
    (texts ?? []).map((member): MemberRow => ({ place, state, member })),
  );
  for (const fact of new Set(doubtful.flatMap(({ place }) => withMembers[place]?.fact ?? []))) {
    const own = doubtful.filter(({ place }) => withMembers[place]?.fact === fact);
    for (const { place, state, count } of await session.rows(countKnown(catalogue, fact, windows, own))) {
      const counted = withMembers[place]?.newMembers;
      counted?.set(state, (counted.get(state) ?? 0) - count);
    }
  }
}
