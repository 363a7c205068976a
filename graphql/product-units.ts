// The units of products that one request asks for, read together.

import DataLoader from 'dataloader';
import {
  type ProductSeries,
  type ProductSeriesQuery,
  type ProductSeriesRead,
  type SeriesGrain,
  type ShopBeginning,
  unitPeriodsMax,
} from '../src/warehouse/service-reads/product-series.js';

/** Reads the units that were sold of many products, as `readProductSeries` does. */
export type ReadProductSeries = (query: ProductSeriesQuery) => Promise<ProductSeriesRead>;

export interface ProductUnits extends ShopBeginning {
  readonly units: ProductSeries['units'];
  /** When the first period begins that is not among them; null while the shop has sold nothing. */
  readonly next: Date | null;
}

const nothingSold: ProductUnits = { units: [], next: null, oldest: null, oldestAfter: null };

/** The units of the product with that code in the latest whole periods; none for a code that no product has. */
export type LoadProductUnits = (code: string, grain: SeriesGrain) => Promise<ProductUnits>;

interface Asked {
  readonly code: string;
  readonly grain: SeriesGrain;
}

/**
 * What is asked for at the same depth is read in one statement for each grain, and given together, so that what is done
 * with it can be done together too. `onAbandon` registers what stops the reading.
 */
export function createProductUnitsLoader(
  read: ReadProductSeries,
  onAbandon: (callback: () => void) => void,
): LoadProductUnits {
  const abandoned = new AbortController();
  onAbandon(() => abandoned.abort());

  async function readGrain(grain: SeriesGrain, asked: readonly Asked[]): Promise<[string, ProductUnits][]> {
    const codes = asked.filter((one) => one.grain === grain).map(({ code }) => code);
    const { products, ...shop } = await read({
      codes,
      grain,
      periodsMax: unitPeriodsMax,
      signal: abandoned.signal,
    });
    return codes.map((code, place) => [
      keyOf({ code, grain }),
      { ...shop, units: products[place]?.units ?? [] },
    ]);
  }

  const loader = new DataLoader<Asked, ProductUnits, string>(
    async (asked) => {
      const grains = [...new Set(asked.map(({ grain }) => grain))];
      const found = await Promise.all(grains.map((grain) => readGrain(grain, asked)));
      const units = new Map(found.flat());
      return asked.map((one) => units.get(keyOf(one)) ?? nothingSold);
    },
    { cacheKeyFn: keyOf },
  );
  return (code, grain) => loader.load({ code, grain });
}

function keyOf({ code, grain }: Asked): string {
  return `${grain} ${code}`;
}
