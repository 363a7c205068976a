// The products that one request names by their codes, read together.

import DataLoader from 'dataloader';
import type { Database } from '../src/warehouse/database.js';

type Prisma = Database['prisma'];
type Product = Awaited<ReturnType<Prisma['product']['findMany']>>[number];

/** The product with that code, or null when there is none (any more). */
export type LoadProduct = (code: string) => Promise<Product | null>;

/** Products that are asked for at the same depth are read in one statement, each once for the request. */
export function createProductLoader(prisma: Prisma): LoadProduct {
  const loader = new DataLoader<string, Product | null>(async (codes) => {
    const found = await prisma.product.findMany({ where: { code: { in: [...codes] } } });
    const byCode = new Map(found.map((product) => [product.code, product]));
    return codes.map((code) => byCode.get(code) ?? null);
  });
  return (code) => loader.load(code);
}
