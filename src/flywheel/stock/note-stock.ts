// The step of the pipeline that keeps stock levels: what was counted, in the transaction of the facts.

import { stockType } from '../../events/catalogue.js';
import type { Session } from '../../warehouse/session.js';
import type { ArrivedEvent, SaleFact } from '../../warehouse/stream/facts.js';
import { type StockCount, tellOfStock, writeCounts } from '../../warehouse/wheel/stock.js';
import { isFarAhead } from '../far-ahead.js';

/** Facts that were not in the warehouse before. */
interface BatchFacts {
  readonly events: readonly ArrivedEvent[];
  readonly sales: readonly SaleFact[];
}

/** What a stock level can hold. */
const unitsMax = 999_999_999;

/**
 * Keeps the newest count of each product that an event tells of, and wakes who watches stock where it or a sale changes
 * it. A count from the future holds as of when the log took it in, since no count that is true would ever be newer. Resolves
 * to how many events of the type `stock` say nothing, because they name no product or no number of units below a
 * thousand million; they stay facts.
 */
export async function noteStock(session: Session, { events, sales }: BatchFacts): Promise<number> {
  const told = events.filter(({ type }) => type === stockType);
  const counts = told.flatMap((event): StockCount[] => {
    const { productId, value, occurredAt, appendedAtMs } = event;
    if (productId === null || value === null || Math.abs(Number(value)) > unitsMax) return [];
    return [{ productId, quantity: value, countedAtMs: isFarAhead(event) ? appendedAtMs : occurredAt }];
  });
  await writeCounts(session, counts);
  const moved = new Set([...counts, ...sales].map(({ productId }) => productId));
  await tellOfStock(session, [...moved]);
  return told.length - counts.length;
}
