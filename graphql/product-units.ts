// The units of products that one request asks for, read together.

import DataLoader from 'dataloader';
import type {
  ProductSeries,
  ProductSeriesQuery,
  ProductSeriesRead,
  SeriesGrain,
} from '../src/warehouse/service-reads/product-series.js';

/** Reads the units that were sold of many products, as `readProductSeries` does. */
export type ReadProductSeries = (query: ProductSeriesQuery) => Promise<ProductSeriesRead>;

/** How many periods are looked back: ten years of weeks, and no fewer than AUTO makes use of. */
export const unitPeriodsMax = 520;

export interface ProductUnits {
  readonly units: ProductSeries['units'];
  /** When the first period begins that is not among them; null while the shop has sold nothing. */
  readonly next: Date | null;
}

/** The units of the product with that code in the latest whole periods; none for a code that no product has. */
export type LoadProductUnits = (code: string, grain: SeriesGrain) => Promise<ProductUnits>;

/** What is asked for at the same depth is read in one statement for each grain. `onAbandon` registers what stops it. */
export function createProductUnitsLoader(
  read: ReadProductSeries,
  onAbandon: (callback: () => void) => void,
): LoadProductUnits {
  const abandoned = new AbortController();
  onAbandon(() => abandoned.abort());
  const loaderOf = (grain: SeriesGrain) =>
    new DataLoader<string, ProductUnits>(async (codes) => {
      const { signal } = abandoned;
      const { products, next } = await read({ codes, grain, periodsMax: unitPeriodsMax, signal });
      return products.map((product) => ({ units: product?.units ?? [], next }));
    });
  const loaders = new Map<SeriesGrain, DataLoader<string, ProductUnits>>();
  return (code, grain) => {
    const loader = loaders.get(grain) ?? loaderOf(grain);
    loaders.set(grain, loader);
    return loader.load(code);
  };
}
