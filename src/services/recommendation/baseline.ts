// What is answered without a model: what most customers bought in the last 30 days.

import type { Database } from '../../warehouse/database.js';
import { readBestSellers } from '../../warehouse/service-reads/recent-popularity.js';
import type { RecommendItem, ScoredProducts } from './contract.js';
import { recentDays } from './settings.js';

/** The same list for every item of `recommend`, each as long as asked, in one statement. */
export async function recommendBestSellers(
  database: Database,
  items: readonly RecommendItem[],
  signal?: AbortSignal,
): Promise<readonly ScoredProducts[]> {
  const longest = items.reduce((most, { first }) => Math.max(most, first), 0);
  const best = await readBestSellers(database, recentDays, longest, signal);
  return items.map(({ first }) => ({
    items: best.slice(0, first).map(({ product, customers }) => ({ product, score: customers, because: [] })),
  }));
}
