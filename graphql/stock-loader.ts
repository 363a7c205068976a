// The stock of the products that one request asks for, read together.

import DataLoader from 'dataloader';
import type { KnownStock } from '../src/flywheel/stock/reorder-of-product.js';
import type { StockRead } from '../src/warehouse/wheel/stock.js';

/** Reads what is known of the stock of many products, as `readStock` does. */
export type ReadStock = (codes: readonly string[], signal: AbortSignal) => Promise<readonly StockRead[]>;

/** What is known of the stock of the product with that code; null where it was never counted. */
export type LoadStock = (code: string) => Promise<KnownStock | null>;

/** What is asked for at the same depth is read in one statement. `onAbandon` registers what stops the reading. */
export function createStockLoader(read: ReadStock, onAbandon: (callback: () => void) => void): LoadStock {
  const abandoned = new AbortController();
  onAbandon(() => abandoned.abort());
  const loader = new DataLoader<string, KnownStock | null>(async (codes) => {
    const found = await read(codes, abandoned.signal);
    const stock = new Map(found.map((one) => [one.code, one]));
    return codes.map((code) => stock.get(code) ?? null);
  });
  return (code) => loader.load(code);
}
