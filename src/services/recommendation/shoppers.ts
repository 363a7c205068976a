// What the warehouse knows of customers now; read anew only for those about whom something is new.

import { sparseRow } from '../../math/sparse/sparse-matrix.js';
import type { Database } from '../../warehouse/database.js';
import { LruMap } from '../../warehouse/read/lru-map.js';
import { readCustomerMarks } from '../../warehouse/service-reads/customer-marks.js';
import { readInteractions } from '../../warehouse/service-reads/interactions.js';
import type { ScoredProducts } from './contract.js';
import type { Recommender, Shopper } from './recommender.js';
import { countedTypes } from './settings.js';
import { placesOf, sharesOf, strengthsOf } from './strengths.js';

/** A customer as they were read, and what they were recommended since. */
export interface KnownShopper {
  readonly shopper: Shopper;
  /** By what was asked. */
  readonly answers: Map<string, ScoredProducts>;
}

export interface Shoppers {
  /** The customers of a batch, by their codes, in one statement, or two where something is new. */
  read(codes: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, KnownShopper>>;
}

/** Customers that are remembered. */
const shoppersMax = 2_000;

/** A fact that was changed in its place leaves the mark of its customer as it was; it counts after so long. */
const rememberedMs = 60_000;

interface Remembered extends KnownShopper {
  readonly mark: string;
  readonly readAtMs: number;
}

export function createShoppers(
  database: Database,
  recommender: Pick<Recommender, 'model' | 'products' | 'customers'>,
): Shoppers {
  const remembered = new LruMap<string, Remembered>(shoppersMax);
  return {
    async read(codes, signal) {
      const nowMs = performance.now();
      const marks = await readCustomerMarks(database, codes, signal);
      const known = new Map<string, KnownShopper>();
      const missing: string[] = [];
      for (const code of new Set(codes)) {
        const held = remembered.get(code);
        const isFresh = held?.mark === marks.get(code) && nowMs - (held?.readAtMs ?? 0) < rememberedMs;
        if (held !== undefined && isFresh) known.set(code, held);
        else missing.push(code);
      }
      for (const [code, shopper] of await readShoppers(database, recommender, missing, signal)) {
        const read = { shopper, answers: new Map<string, ScoredProducts>() };
        known.set(code, read);
        const mark = marks.get(code);
        // The mark was read first: what came between is read again the next time, never missed.
        if (mark !== undefined) remembered.set(code, { ...read, mark, readAtMs: nowMs });
      }
      return known;
    },
  };
}

async function readShoppers(
  database: Database,
  { model, products, customers }: Pick<Recommender, 'model' | 'products' | 'customers'>,
  codes: readonly string[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, Shopper>> {
  if (codes.length === 0) return new Map();
  const { weights } = model.settings;
  const interactions = await readInteractions(database, codes, countedTypes(weights), signal);
  const strengths = strengthsOf(interactions, placesOf(codes), products, weights);
  const shares = sharesOf(strengths.stars);
  return new Map(
    codes.map((code, row) => [
      code,
      {
        stars: sparseRow(strengths.stars, row),
        shares: sparseRow(shares, row),
        ratings: sparseRow(strengths.ratings, row),
        owned: sparseRow(strengths.owned, row).indices,
        row: customers.placeOf.get(code),
      },
    ]),
  );
}
