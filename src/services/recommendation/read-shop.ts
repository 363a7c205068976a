// Reads all that a training needs: what is sold, what is said about it, who did what, and what sells now.

import type { Database } from '../../warehouse/database.js';
import { type Interaction, readInteractions } from '../../warehouse/service-reads/interactions.js';
import { readProductTexts } from '../../warehouse/service-reads/product-texts.js';
import {
  type BuyingPeriod,
  readBuyingPeriod,
  readPopularity,
} from '../../warehouse/service-reads/recent-popularity.js';
import { countedTypes, type RecommendationSettings, recentDays } from './settings.js';
import { type Places, placesOf } from './strengths.js';

const dayMs = 86_400_000;

export interface Shop {
  readonly products: Places;
  readonly customers: Places;
  /** One for each product. */
  readonly texts: readonly string[];
  readonly interactions: readonly Interaction[];
  /** Those that were known when the last 30 days began, with the ratings of then; none where nothing was bought. */
  readonly interactionsBefore: readonly Interaction[];
  readonly period: BuyingPeriod;
  /** Distinct customers of each product in the last 30 days, and in the 30 days before those. */
  readonly recent: Float64Array;
  readonly recentBefore: Float64Array;
}

/** When the last 30 days begin: whole days (UTC), of which the day of the newest fact is the last. */
export function recentFromMs(endMs: number): number {
  return (Math.floor(endMs / dayMs) - recentDays + 1) * dayMs;
}

/** So large a share of codes that begin with a digit makes those that do not entries of the books. */
const numberedShare = 0.95;

/**
 * Codes of what is sold. Where nearly all codes begin with a digit, the few others are no goods but entries of the books,
 * such as postage, samples or bank charges, and are neither read nor recommended.
 */
export function goodsOf(codes: readonly string[]): readonly string[] {
  const numbered = codes.filter((code) => /^\d/.test(code));
  return numbered.length >= numberedShare * codes.length ? numbered : codes;
}

export async function readShop(
  database: Database,
  settings: RecommendationSettings,
  signal?: AbortSignal,
): Promise<Shop> {
  const period = await readBuyingPeriod(database, signal);
  const endMs = period.to === null ? Number.NEGATIVE_INFINITY : period.to.getTime();
  const heldBackFromMs = recentFromMs(endMs);
  const heldBackFrom = period.to === null ? null : new Date(heldBackFromMs);
  const [texts, interactions] = await Promise.all([
    readProductTexts(database, settings.textFields, signal),
    readInteractions(database, countedTypes(settings.weights), heldBackFrom, signal),
  ]);
  const products = placesOf(goodsOf(texts.map(({ code }) => code)));
  const buyers = [...new Set(interactions.all.map(({ customer }) => customer))].sort();
  const recentOf = async (fromMs: number, untilMs: number) => {
    const recent = new Float64Array(products.codes.length);
    if (period.to === null) return recent;
    const popularity = await readPopularity(database, new Date(fromMs), new Date(untilMs), signal);
    for (const [code, customers] of popularity) {
      const place = products.placeOf.get(code);
      if (place !== undefined) recent[place] = customers;
    }
    return recent;
  };
  return {
    products,
    customers: placesOf(buyers),
    texts: texts.filter(({ code }) => products.placeOf.has(code)).map(({ text }) => text),
    interactions: interactions.all,
    interactionsBefore: interactions.before,
    period,
    recent: await recentOf(heldBackFromMs, endMs + 1),
    recentBefore: await recentOf(heldBackFromMs - recentDays * dayMs, heldBackFromMs),
  };
}
