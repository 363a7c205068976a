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
 * The orders that the gateway advises now, in the order given; products that need none are left out. Answers of forecasters
 * that are too slow just then are not taken: they are asked for again, so that the same stock and sales give the same orders.
 */
export type AskOrders = (products: readonly OnOrder[], terms: OrderTerms) => Promise<readonly AdvisedOrder[]>;

const adviceShape = z.record(
  z.string(),
  z
    .object({
      reorder: z.object({ orderQuantity: z.number().nullable(), degraded: z.boolean() }),
    })
    .nullable(),
);

const productsPerRequest = 20;
/** How long a forecast may be too slow for. */
const adviceMsMax = 300_000;

function adviceDocument(products: number): string {
  const places = Array.from({ length: products }, (_, place) => place);
  const variables = places.map((place) => `$c${place}: String!, $o${place}: Float!`);
  const asked = places.map(
    (place) => `p${place}: product(code: $c${place}) { reorder(serviceLevel: $service, leadTimeDays: $lead,
      leadTimeDeviationDays: 0, reviewDays: $review, coverDays: $cover, minimumOrder: 0, orderMultiple: 1,
      onOrder: $o${place}) { orderQuantity degraded } }`,
  );
  return `query ($service: Float!, $lead: Float!, $review: Float!, $cover: Float!, ${variables.join(', ')}) { ${asked.join(' ')} }`;
}

export function createAskOrders(ask: AskGateway): AskOrders {
  return async (products, { serviceLevel, leadTimeDays, reviewDays, coverDays }) => {
    const orders: AdvisedOrder[] = [];
    for (const chunk of chunksOf(products, productsPerRequest)) {
      const variables = {
        ...{ service: serviceLevel, lead: leadTimeDays, review: reviewDays, cover: coverDays },
        ...Object.fromEntries(
          chunk.flatMap(({ code, onOrder }, place) => [
            [`c${place}`, code],
            [`o${place}`, onOrder],
          ]),
        ),
      };
      const advice = await waitFor(
        adviceMsMax,
        'The gateway does not forecast in time what is sold; give it more time with FLYWHEEL_SERVICE_DEADLINE_MS.',
        async () => {
          const answer = await ask(adviceDocument(chunk.length), variables, adviceShape);
          return Object.values(answer).some((product) => product?.reorder.degraded) ? undefined : answer;
        },
      );
      orders.push(
        ...chunk.flatMap(({ code }, place) => {
          const units = advice[`p${place}`]?.reorder.orderQuantity ?? 0;
          return units > 0 ? { code, units } : [];
        }),
      );
    }
    return orders;
  };
}
