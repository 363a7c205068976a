// The orders of goods that the gateway decided on by itself.

import { z } from 'zod';
import type { AskGateway } from './ask-gateway.js';

/** An order by the code of its product. */
export interface DecidedOrder {
  readonly code: string;
  readonly units: number;
}

/** The orders that were decided since the last call, in the order of their products' codes. */
export type ReadOrders = () => Promise<readonly DecidedOrder[]>;

const decisionsShape = z.object({
  decisions: z.object({
    nodes: z.array(
      z.object({
        code: z.string(),
        product: z.object({ code: z.string() }).nullable(),
        details: z.string().nullable(),
      }),
    ),
  }),
});
const detailsShape = z.object({ orderQuantity: z.number().positive() });

/** More than can be decided between two calls: each product once. */
const decisionsMax = 200;

/** Reads the newest decisions of the kind REORDER; the first call gives what is there. */
export function createReadOrders(ask: AskGateway): ReadOrders {
  const seen = new Set<string>();
  return async () => {
    const document = `{ decisions(first: ${decisionsMax}, filter: { kind: { equals: REORDER } }) {
      nodes { code product { code } details } } }`;
    const { decisions } = await ask(document, {}, decisionsShape);
    const fresh = decisions.nodes.filter(({ code }) => !seen.has(code));
    for (const { code } of fresh) seen.add(code);
    return fresh
      .flatMap(({ product, details }) => {
        const read = detailsShape.safeParse(details === null ? {} : JSON.parse(details));
        return product === null || !read.success
          ? []
          : [{ code: product.code, units: read.data.orderQuantity }];
      })
      .sort((a, b) => (a.code < b.code ? -1 : 1));
  };
}
