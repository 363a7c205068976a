// Purchases and returns as lines of fact_sales.

import { FlywheelError } from '../core/errors.js';
import { hasLines } from '../events/catalogue.js';
import type { EventLine } from '../events/event.js';
import { dayNumberOf } from '../warehouse/stream/days.js';
import type { SaleFact } from '../warehouse/stream/facts.js';
import { invoiceKey } from '../warehouse/stream/write-sales.js';
import { amountOf } from './amount.js';
import type { PlacedEvent } from './batch-draft.js';

import type { MemberIds } from './dimensions.js';

/** The invoice that the lines of an event belong to. */
export function invoiceOf({ event, eventId }: PlacedEvent): string {
  return event.order ?? eventId;
}

/** A line that has its price, and has no number yet. */
export type PricedLine = Omit<SaleFact, 'line'>;

/** What an event became: its priced lines, and how many there were that no price is known for. */
export interface PricedSale {
  readonly lines: readonly PricedLine[];
  readonly unpriced: number;
}

const nothing: PricedSale = { lines: [], unpriced: 0 };

/**
 * Prices the lines of events in their order: a line without a price takes the latest known one, which an earlier
 * event of the same batch may have made known.
 */
export function createPricing(ids: MemberIds): (placed: PlacedEvent) => PricedSale {
  const prices = new Map(ids.prices);

  return (placed) => {
    const { event } = placed;
    if (!hasLines(event.type)) return nothing;
    // What was done to no product at all is a purchase of nothing that is known.
    if (event.lines.length === 0) return { lines: [], unpriced: 1 };
    const lines: PricedLine[] = [];
    let unpriced = 0;
    for (const line of event.lines) {
      const productId = idOf(ids.products, line.product);
      const unitPrice = line.unitPrice ?? prices.get(productId)?.unitPrice;
      if (unitPrice === undefined) {
        unpriced += 1;
        continue;
      }
      lines.push(pricedLine(placed, line, unitPrice, ids));
      const known = prices.get(productId);
      if (
        event.type === 'purchase' &&
        line.unitPrice !== null &&
        !(known && known.soldAtMs > event.occurredAtMs)
      ) {
        prices.set(productId, { unitPrice: line.unitPrice, soldAtMs: event.occurredAtMs });
      }
    }
    return { lines, unpriced };
  };
}

function pricedLine(placed: PlacedEvent, line: EventLine, unitPrice: string, ids: MemberIds): PricedLine {
  const { event, source } = placed;
  const isReturn = event.type === 'return';
  const quantity = isReturn ? `-${line.quantity}` : line.quantity;
  const amount = amountOf(quantity, unitPrice);
  if (typeof amount !== 'string') {
    throw new FlywheelError('BAD_INPUT', `The amount of product ${line.product} ${amount.reason}.`);
  }
  return {
    source,
    invoice: invoiceOf(placed),
    kind: isReturn ? 'RETURN' : 'SALE',
    productId: idOf(ids.products, line.product),
    product: line.product,
    customerId: event.customer === null ? null : idOf(ids.customers, event.customer),
    customer: event.customer,
    regionId: event.region === null ? null : idOf(ids.regions, event.region),
    region: event.region,
    dateId: dayNumberOf(event.occurredAtMs),
    quantity,
    unitPrice,
    amount,
    estimated: line.unitPrice === null ? 't' : 'f',
    soldAt: event.occurredAtMs,
  };
}

/** Numbers lines from 1 on, or from the last line on that their invoice has already. */
export function numberLines(
  lines: readonly PricedLine[],
  lastLines: ReadonlyMap<string, number>,
): readonly SaleFact[] {
  const last = new Map(lastLines);
  return lines.map((priced) => {
    const key = invoiceKey(priced);
    const line = (last.get(key) ?? 0) + 1;
    last.set(key, line);
    return { ...priced, line };
  });
}

/** Members were resolved for exactly these events, so a missing one is a mistake of ours. */
export function idOf(ids: ReadonlyMap<string, number>, code: string): number {
  const id = ids.get(code);
  if (id === undefined) throw new Error(`The member ${JSON.stringify(code)} was not resolved.`);
  return id;
}
