// The products that one request names by their codes, read together.

import DataLoader from 'dataloader';
import type { ProductRow } from '../src/warehouse/service-reads/products.js';

/** Reads products, as `readProducts` does. */
export type ReadProducts = (codes: readonly string[], signal: AbortSignal) => Promise<readonly ProductRow[]>;

type Products = readonly (ProductRow | null)[];

/** The products with those codes, in their order; null where there is none (any more). */
export type LoadProducts = (codes: readonly string[]) => Promise<Products>;

/**
 * Lists that are asked for at the same depth are read in one statement, and each product once for the request. Whole
 * lists are loaded, because a promise for each of their products would cost more than reading it. `onAbandon` registers
 * what stops the reading.
 */
export function createProductLoader(
  read: ReadProducts,
  onAbandon: (callback: () => void) => void,
): LoadProducts {
  const abandoned = new AbortController();
  onAbandon(() => abandoned.abort());
  const known = new Map<string, ProductRow | null>();

  async function learn(lists: readonly (readonly string[])[]): Promise<void> {
    const unknown = new Set<string>();
    for (const codes of lists) for (const code of codes) if (!known.has(code)) unknown.add(code);
    if (unknown.size === 0) return;
    const found = await read([...unknown], abandoned.signal);
    for (const product of found) known.set(product.code, product);
    for (const code of unknown) if (!known.has(code)) known.set(code, null);
  }

  const loader = new DataLoader<readonly string[], Products>(
    async (lists) => {
      await learn(lists);
      return lists.map((codes) => codes.map((code) => known.get(code) ?? null));
    },
    { cache: false },
  );
  return (codes) => (codes.length === 0 ? Promise.resolve([]) : loader.load(codes));
}
