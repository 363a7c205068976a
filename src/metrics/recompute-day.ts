// Makes the live windows of a day that had late facts true to the facts again.

import type { Catalogue } from '../warehouse/catalogue.js';
import { holdOffFactWriters } from '../warehouse/facts-turn.js';
import type { Session } from '../warehouse/session.js';
import type { Definitions } from './definition.js';
import { readClocks } from './emit-live-lock.js';
import { countLateWindows, fillFromStage, fingerprintOf } from './emit-recompute.js';
import { emptyWindows, fillWindows, type RestatedCut, tellCloser } from './emit-restate.js';
import { type LiveFact, type LivePart, planLiveCuts } from './live-cuts.js';
import { windowsOf } from './restate.js';

const dayMs = 86_400_000;

/** The windows of one cut that are computed anew, and a part of the facts that gives to them. */
export interface LateWindows {
  readonly fact: LiveFact;
  readonly part: LivePart;
  readonly windows: RestatedCut;
}

export interface LateDay {
  readonly items: readonly LateWindows[];
  /** How many windows had something late beside them. */
  readonly late: number;
  /** Changes whenever the windows do that are computed anew, or the facts that they hold. */
  readonly print: string;
}

export interface DayDeps {
  readonly catalogue: Catalogue;
  readonly definitions: Definitions;
}

/**
 * Finds the cuts whose windows of the day (UTC) had late facts; from then on to the end of the transaction nobody adds
 * facts. Windows that are kept no more are not found, nor is the window without end, for which nothing is late.
 */
export async function findLateDay(
  { catalogue, definitions }: DayDeps,
  session: Session,
  day: Date,
): Promise<LateDay> {
  await holdOffFactWriters(session);
  const [row] = await session.rows(readClocks());
  const items: LateWindows[] = [];
  let late = 0;
  for (const fact of planLiveCuts(catalogue, definitions).facts) {
    const nowMs = row?.clocks?.[fact.clock] ?? row?.nowMs ?? Date.now();
    const inDay = ({ groups }: Pick<LivePart, 'groups'>) =>
      groups.flatMap(({ cuts }) =>
        cuts.flatMap((cut) =>
          cut.every === 'ALL' ? [] : (windowsOf(cut, day.getTime(), day.getTime() + dayMs - 1, nowMs) ?? []),
        ),
      );
    const all = inDay(fact);
    if (all.length === 0) continue;
    const counts = new Map(
      (await session.rows(countLateWindows(all))).map(({ cut, windows }) => [cut, windows]),
    );
    late += [...counts.values()].reduce((sum, windows) => sum + windows, 0);
    for (const part of fact.parts) {
      const own = inDay(part).filter(({ cut }) => counts.has(cut.name));
      items.push(...own.map((windows) => ({ fact, part, windows })));
    }
  }
  return { items, late, print: await printOf(session, items) };
}

async function printOf(session: Session, items: readonly LateWindows[]): Promise<string> {
  // Windows are forgotten as time goes on, so that the same facts may give fewer of them a while later.
  const prints = items.map(
    ({ part, windows: { cut, fromMs, toMs } }) => `${part.model.name} ${cut.name} ${fromMs} ${toMs}`,
  );
  for (const part of new Set(items.map((item) => item.part))) {
    const own = items.filter((item) => item.part === part).map(({ windows }) => windows);
    const from = new Date(Math.min(...own.map(({ fromMs }) => fromMs)));
    const to = new Date(Math.max(...own.map(({ toMs }) => toMs ?? 0)));
    const [row] = await session.rows(fingerprintOf(part, from, to));
    prints.push(row?.print ?? '');
  }
  return prints.join('\n');
}

/**
 * Replaces the windows by what the facts give: as `stageOf` says by a staging table with the states, and else as PostgreSQL
 * computes them. Nobody may add facts meanwhile. What was late is part of them then, and the closer publishes what changed.
 */
export async function replaceLateDay(
  { catalogue }: DayDeps,
  session: Session,
  items: readonly LateWindows[],
  stageOf: (place: number) => string | null,
): Promise<void> {
  if (items.length === 0) return;
  await session.run(
    emptyWindows([...new Map(items.map(({ windows }) => [windows.cut.name, windows])).values()]),
  );
  for (const [place, { fact, part, windows }] of items.entries()) {
    const stage = stageOf(place);
    await session.run(
      stage === null ? fillWindows(catalogue, fact, part, windows) : fillFromStage(stage, fact, windows),
    );
  }
  await session.run(tellCloser());
}
