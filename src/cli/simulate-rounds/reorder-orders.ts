// What the gateway says is to be ordered, of all products of the simulated shop, on the terms of its store-room.

import { z } from 'zod';
import type { AskGateway } from './ask-gateway.js';
import { chunksOf, waitFor } from './wheel-doors.js';

/** A product by its code, and the units of it that are ordered and have not come. */
export interface OnOrder {
  readonly code: string;
  readonly onOrder: number;
}

/** An order by the code of its product. */
export interface AdvisedOrder {
  readonly code: string;
  readonly units: number;
}

/** What both rules of ordering go by; times in days of the gateway. */
export interface OrderTerms {
  readonly serviceLevel: number;
  readonly leadTimeDays: number;
  readonly reviewDays: number;
  readonly coverDays: number;
}

/**
 * The orders that the gateway advises now, in the order given: up to its level where what it believes to lie there and what
 * is on order are not above its point. Answers of forecasters
 * that are too slow just then are not taken: they are asked for again, so that the same stock and sales give the same orders.
 */
export type AskOrders = (products: readonly OnOrder[], terms: OrderTerms) => Promise<readonly AdvisedOrder[]>;

const adviceShape = z.object({
  products: z.object({
    nodes: z.array(
      z.object({
        code: z.string(),
        reorder: z.object({
          reorderPoint: z.number().nullable(),
          orderUpTo: z.number().nullable(),
          stock: z.object({ units: z.number() }).nullable(),
          degraded: z.boolean(),
        }),
      }),
    ),
  }),
});

const document = `query ($codes: [String!]!, $first: Int!, $service: Float!, $lead: Float!, $review: Float!, $cover: Float!) {
    products(first: $first, filter: { code: { in: $codes } }) { nodes { code
      reorder(serviceLevel: $service, leadTimeDays: $lead, leadTimeDeviationDays: 0, reviewDays: $review,
        coverDays: $cover, minimumOrder: 0, orderMultiple: 1) { reorderPoint orderUpTo stock { units } degraded } } } }`;

/** As many as a gateway answers for in one request. */
const productsPerRequest = 50;
/** How long a forecast may be too slow for. */
const adviceMsMax = 300_000;

export function createAskOrders(ask: AskGateway): AskOrders {
  async function adviceOn(codes: readonly string[], terms: OrderTerms) {
    const { serviceLevel, leadTimeDays, reviewDays, coverDays } = terms;
    const wanted = { service: serviceLevel, lead: leadTimeDays, review: reviewDays, cover: coverDays };
    const { products } = await ask(document, { codes, first: codes.length, ...wanted }, adviceShape);
    const { nodes } = products;
    return nodes.some(({ reorder }) => reorder.degraded)
      ? undefined
      : new Map(nodes.map(({ code, reorder }) => [code, reorder]));
  }

  return async (products, terms) => {
    const orders: AdvisedOrder[] = [];
    for (const chunk of chunksOf(products, productsPerRequest)) {
      const codes = chunk.map(({ code }) => code);
      const advice = await waitFor(
        adviceMsMax,
        'The gateway does not forecast in time what is sold; give it more time with FLYWHEEL_SERVICE_DEADLINE_MS.',
        () => adviceOn(codes, terms),
      );
      for (const { code, onOrder } of chunk) {
        const { reorderPoint = null, orderUpTo = null, stock = null } = advice.get(code) ?? {};
        if (reorderPoint === null || orderUpTo === null || stock === null) continue;
        const position = stock.units + onOrder;
        if (position <= reorderPoint && orderUpTo > position)
          orders.push({ code, units: orderUpTo - position });
      }
    }
    return orders;
  };
}
