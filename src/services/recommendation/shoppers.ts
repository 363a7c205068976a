// What the warehouse knows of customers now; read anew only for those about whom something is new.

import { type SparseMatrix, type SparseVector, sparseRow } from '../../math/sparse/sparse-matrix.js';
import type { Database } from '../../warehouse/database.js';
import { type Interaction, readNewInteractions } from '../../warehouse/service-reads/interactions.js';
import { inTurns } from '../host/in-turns.js';
import { createMarkedMemory, type ReadTogether } from '../host/marked-memory.js';
import type { Recommender, Shopper } from './recommender.js';
import { countedTypes } from './settings.js';
import { placesOf, sharesOf, strengthsOf } from './strengths.js';

/** A customer as they were read. */
export interface KnownShopper {
  readonly shopper: Shopper;
  /** The number of the reading, another one for each customer; undefined where it is not remembered. */
  readonly reading: number | undefined;
}

export interface Shoppers {
  /** The customers of a batch, by their codes, in one statement; as `inTurns` what is new is taken in. */
  read(codes: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, KnownShopper>>;
}

/** So many customers are remembered, and together with so many products: about 60 MB. */
const shoppersMax = 20_000;
const productsMax = 1_000_000;

export function createShoppers(
  database: Database,
  recommender: Pick<Recommender, 'model' | 'products' | 'customers'>,
): Shoppers {
  const types = countedTypes(recommender.model.settings.weights);
  const memory = createMarkedMemory<KnownShopper>(shoppersMax, productsMax);
  let readings = 0;

  /** One who is not in the warehouse has no mark, and is not remembered. */
  function keep(code: string, shopper: Shopper, mark: string | undefined, read: ReadTogether): KnownShopper {
    if (mark === undefined) return { shopper, reading: undefined };
    readings += 1;
    const value = { shopper, reading: readings };
    memory.hold(code, { value, mark }, read, shopper.stars.indices.length);
    return value;
  }

  return {
    async read(codes, signal) {
      const readMs = performance.now();
      const held = memory.held(codes);
      const marks = new Map(codes.map((code) => [code, held.get(code)?.mark]));
      const news = await readNewInteractions(database, marks, types, signal);
      const known = new Map<string, KnownShopper>();
      const changed: string[] = [];
      for (const code of marks.keys()) {
        const before = held.get(code);
        const told = news.get(code);
        if (before !== undefined && told !== undefined && told.interactions === undefined)
          known.set(code, before.value);
        else changed.push(code);
      }
      if (changed.length === 0) return known;
      let place = 0;
      await inTurns(groupsOf(changed), signal, (group) => {
        const interactions = group.flatMap((code) => news.get(code)?.interactions ?? []);
        for (const [code, shopper] of shoppersOf(recommender, group, interactions)) {
          const read = { readMs, place: place++, count: changed.length };
          known.set(code, keep(code, shopper, news.get(code)?.mark, read));
        }
      });
      return known;
    },
  };
}

/** So many customers are taken in at a stretch: each stretch lays out the catalogue once, and some have much to take in. */
const groupMax = 20;

function groupsOf(codes: readonly string[]): readonly (readonly string[])[] {
  const count = Math.ceil(codes.length / groupMax);
  return Array.from({ length: count }, (_, at) => codes.slice(at * groupMax, (at + 1) * groupMax));
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
