// What the warehouse knows of customers now; read anew only for those about whom something is new.

import { type SparseMatrix, type SparseVector, sparseRow } from '../../math/sparse/sparse-matrix.js';
import type { Database } from '../../warehouse/database.js';
import { LruMap } from '../../warehouse/read/lru-map.js';
import { type Interaction, readNewInteractions } from '../../warehouse/service-reads/interactions.js';
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
  /** The customers of a batch, by their codes, in one statement. */
  read(codes: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, KnownShopper>>;
}

/** So many customers are remembered, and together with so many products: about 50 MB. */
const shoppersMax = 20_000;
const productsMax = 1_000_000;

/**
 * A fact that was changed in its place leaves the mark of its customer as it was; it counts after so long. Of those who
 * were read together some are read again sooner, so that they are not all read at once for ever.
 */
const rememberedMs = 60_000;

interface Remembered extends KnownShopper {
  readonly mark: string;
  readonly untilMs: number;
}

export function createShoppers(
  database: Database,
  recommender: Pick<Recommender, 'model' | 'products' | 'customers'>,
): Shoppers {
  const types = countedTypes(recommender.model.settings.weights);
  const remembered = new LruMap<string, Remembered>(shoppersMax, productsMax);
  return {
    async read(codes, signal) {
      const nowMs = performance.now();
      const held = new Map<string, Remembered>();
      for (const code of codes) {
        const shopper = remembered.get(code);
        if (shopper !== undefined && nowMs < shopper.untilMs) held.set(code, shopper);
      }
      const marks = new Map(codes.map((code) => [code, held.get(code)?.mark]));
      const news = await readNewInteractions(database, marks, types, signal);
      const known = new Map<string, KnownShopper>();
      const changed: string[] = [];
      for (const code of marks.keys()) {
        const before = held.get(code);
        const told = news.get(code);
        if (before !== undefined && told !== undefined && told.interactions === undefined)
          known.set(code, before);
        else changed.push(code);
      }
      if (changed.length === 0) return known;
      const interactions = changed.flatMap((code) => news.get(code)?.interactions ?? []);
      for (const [place, [code, shopper]] of shoppersOf(recommender, changed, interactions).entries()) {
        const read = { shopper, answers: new Map<string, ScoredProducts>() };
        known.set(code, read);
        const mark = news.get(code)?.mark;
        if (mark === undefined) continue;
        const untilMs = nowMs + rememberedMs * (1 - place / (2 * changed.length));
        remembered.set(code, { ...read, mark, untilMs }, shopper.stars.indices.length);
      }
      return known;
    },
  };
}

function shoppersOf(
  { model, products, customers }: Pick<Recommender, 'model' | 'products' | 'customers'>,
  codes: readonly string[],
  interactions: readonly Interaction[],
): readonly (readonly [string, Shopper])[] {
  const strengths = strengthsOf(interactions, placesOf(codes), products, model.settings.weights);
  const shares = sharesOf(strengths.stars);
  return codes.map((code, row) => [
    code,
    {
      stars: rowOf(strengths.stars, row),
      shares: rowOf(shares, row),
      ratings: rowOf(strengths.ratings, row),
      owned: rowOf(strengths.owned, row).indices,
      row: customers.placeOf.get(code),
    },
  ]);
}

/** A copy: a view would keep all of the batch in memory for one of it that is remembered. */
function rowOf(matrix: SparseMatrix, row: number): SparseVector {
  const { indices, values } = sparseRow(matrix, row);
  return { indices: indices.slice(), values: values.slice() };
}
