// Keeps live windows true to facts that did not come by the streams: files, and whatever was there before.

import type { Catalogue } from '../warehouse/catalogue.js';
import type { Database } from '../warehouse/database.js';
import { holdOffFactWriters } from '../warehouse/facts-turn.js';
import type { FactsFollower } from '../warehouse/load/follower.js';
import type { Session } from '../warehouse/session.js';
import { inTransaction } from '../warehouse/transaction.js';
import type { Definitions } from './definition.js';
import { markStale, readGenerations } from './emit-flink-generations.js';
import { readClocks } from './emit-live-lock.js';
import {
  emptyWindows,
  fillWindows,
  forgetModel,
  type RestatedCut,
  readLayouts,
  storeLayout,
  takeTime,
  tellCloser,
} from './emit-restate.js';
import { type LiveCutPlan, type LiveFact, type LivePart, planLiveCuts } from './live-cuts.js';
import { keptMs, windowEnd, windowStart } from './window-of.js';

export interface Restater extends FactsFollower {
  /**
   * Computes all windows from the facts where that has not been done in the layout that the definitions ask for: in a
   * warehouse that has facts from before, and after the live metrics have changed. It is done before anything is
   * added to windows. Windows of `others` are kept elsewhere, and are left alone; those that Flink kept until now come back.
   */
  settle(database: Pick<Database, 'pool' | 'kysely'>, others?: ReadonlySet<string>): Promise<void>;
}

export interface RestaterDeps {
  readonly catalogue: Catalogue;
  readonly definitions: Definitions;
}

export function createRestater({ catalogue, definitions }: RestaterDeps): Restater {
  const cuts = planLiveCuts(catalogue, definitions);

  async function restate(session: Session, fact: LiveFact, firstMs: number, lastMs: number): Promise<void> {
    const [row] = await session.rows(readClocks());
    const nowMs = row?.clocks?.[fact.clock] ?? row?.nowMs ?? Date.now();
    const touched = ({ groups }: Pick<LivePart, 'groups'>) =>
      groups.flatMap(({ cuts: own }) => own.flatMap((cut) => windowsOf(cut, firstMs, lastMs, nowMs) ?? []));
    await session.run(emptyWindows(touched(fact)));
    const fills = fact.parts
      .flatMap((part) => touched(part).map((item) => ({ part, item })))
      // What is queued last is published first: totals before what is cut by many keys.
      .sort((a, b) => b.item.cut.dimensions.length - a.item.cut.dimensions.length);
    for (const { part, item } of fills) await session.run(fillWindows(catalogue, fact, part, item));
    await session.run(tellCloser());
  }

  async function settleFact(session: Session, fact: LiveFact): Promise<void> {
    await session.run(forgetModel(fact));
    await restate(session, fact, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
    await session.run(storeLayout(fact.name, fact.layout));
  }

  return {
    timeField(model) {
      const parts = cuts.factsOf(model).flatMap((fact) => fact.parts);
      return parts.find((part) => part.model.name === model)?.source.time;
    },
    async afterFacts(session, { model, first, last }) {
      const ofFlink = new Set((await session.rows(readGenerations())).map(({ fact }) => fact));
      const facts = cuts.factsOf(model);
      for (const fact of facts) {
        if (!ofFlink.has(fact.name)) await restate(session, fact, first.getTime(), last.getTime());
      }
      const stale = facts.flatMap(({ name }) => (ofFlink.has(name) ? [name] : []));
      if (stale.length > 0) await session.run(markStale(stale, 'A file has changed its facts.'));
    },
    async settle(database, others) {
      await inTransaction(database, async (session) => {
        await session.run(takeTime());
        await holdOffFactWriters(session);
        const layouts = new Map(
          (await session.rows(readLayouts())).map(({ model, layout }) => [model, layout]),
        );
        for (const fact of cuts.facts) {
          if (others?.has(fact.name) || layouts.get(fact.name) === fact.layout) continue;
          await settleFact(session, fact);
        }
      });
    },
  };
}

/** The windows of a cut that hold some of a range of time and are kept; undefined when there are none. */
export function windowsOf(
  cut: LiveCutPlan,
  firstMs: number,
  lastMs: number,
  nowMs: number,
): RestatedCut | undefined {
  const kept = keptMs(cut.every);
  if (kept === null) return { cut, fromMs: 0, toMs: null };
  const keptFromMs = nowMs - kept;
  const oldest = windowStart(cut.every, keptFromMs);
  const oldestKept = oldest < keptFromMs ? (windowEnd(cut.every, oldest) ?? oldest) : oldest;
  const fromMs = Number.isFinite(firstMs)
    ? Math.max(windowStart(cut.every, firstMs), oldestKept)
    : oldestKept;
  const toMs = Number.isFinite(lastMs) ? windowEnd(cut.every, windowStart(cut.every, lastMs)) : null;
  return toMs !== null && toMs <= fromMs ? undefined : { cut, fromMs, toMs };
}
