// How long windows are kept, and what deletes those that have passed their time.

import type { Session } from '../warehouse/session.js';
import { confirmedOf, type Watermarks } from './close-windows.js';
import { type GenerationRow, readGenerations } from './emit-flink-generations.js';
import { type KeptFrom, pruneWindows, windowTables } from './emit-live-prune.js';
import type { LiveCuts } from './live-cuts.js';
import { keptMs } from './window-of.js';

/**
 * Deletes at most so many rows of each table, of windows that the watermarks have left behind for longer than they
 * are kept; those that Flink keeps, no sooner than it has counted what they hold and they could become final. Resolves to
 * how many there were.
 */
export async function pruneStep(
  session: Session,
  cuts: LiveCuts,
  watermarks: Watermarks,
  rowsMax: number,
): Promise<number> {
  const generations = new Map((await session.rows(readGenerations())).map((row) => [row.fact, row]));
  const kept = keptFrom(cuts, watermarks, generations);
  if (kept.length === 0) return 0;
  let rows = 0;
  for (const table of windowTables) rows += await session.run(pruneWindows(table, kept, rowsMax));
  return rows;
}

function keptFrom(
  cuts: LiveCuts,
  watermarks: Watermarks,
  generations: ReadonlyMap<string, GenerationRow>,
): KeptFrom[] {
  return cuts.facts.flatMap((fact) => {
    const watermarkMs = confirmedOf(generations.get(fact.name), watermarks.get(fact.clock));
    if (watermarkMs === undefined) return [];
    return fact.groups.flatMap((group) =>
      group.cuts.flatMap(({ name, every }) => {
        const kept = keptMs(every);
        return kept === null ? [] : [{ cut: name, fromMs: watermarkMs - kept }];
      }),
    );
  });
}
