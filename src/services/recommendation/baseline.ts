// What is answered without a model, or while the service is away: what most customers bought in the last 30 days.

import type { Database } from '../../warehouse/database.js';
import { readBestSellers } from '../../warehouse/service-reads/recent-popularity.js';
import type { Baselines } from '../host/client.js';
import {
  listedMax,
  type RecommendItem,
  type recommendationMethods,
  type ScoredProducts,
} from './contract.js';
import { recentDays } from './settings.js';

type BestSellers = Awaited<ReturnType<typeof readBestSellers>>;

function listsOf(best: BestSellers, items: readonly RecommendItem[]): readonly ScoredProducts[] {
  return items.map(({ first }) => ({
    items: best.slice(0, first).map(({ product, customers }) => ({ product, score: customers, because: [] })),
  }));
}

/** The same list for every item of `recommend`, each as long as asked, in one statement. */
export async function recommendBestSellers(
  database: Database,
  items: readonly RecommendItem[],
  signal?: AbortSignal,
): Promise<readonly ScoredProducts[]> {
  const longest = items.reduce((most, { first }) => Math.max(most, first), 0);
  return listsOf(await readBestSellers(database, recentDays, longest, signal), items);
}

export interface BestSellerBaselines {
  readonly baselines: Baselines<typeof recommendationMethods>;
  /** Reads the list again; rejects with what the read failed with, and keeps the list then. */
  refresh(signal?: AbortSignal): Promise<void>;
}

/**
 * Baselines that answer at once, from a list that is kept in memory; null before it was read first. To be refreshed at
 * the start and from time to time.
 */
export function createBestSellerBaselines(database: Database): BestSellerBaselines {
  let best: BestSellers | undefined;
  return {
    baselines: {
      recommend: (items) => (best === undefined ? items.map(() => null) : listsOf(best, items)),
      similar: (items) => items.map(() => null),
      rating: (items) => items.map(() => null),
    },
    async refresh(signal) {
      best = await readBestSellers(database, recentDays, listedMax, signal);
    },
  };
}
