// How much to order now: up to a level, in whole packs, and no less than the least that is delivered.

/** Where a stock stands, in units. */
export interface StockPosition {
  /** Units in stock; below 0 when some are promised that are not there. */
  readonly onHand: number;
  /** Units ordered that have not come yet, 0 or more. */
  readonly onOrder: number;
}

/** What the one who delivers asks for, in units. */
export interface OrderTerms {
  /** The least that one order may be; 0 when there is none. */
  readonly minimumOrder: number;
  /** Orders are multiples of it; above 0. */
  readonly packSize: number;
}

/** The next whole number, except that a hair of rounding above one does not make a unit more. */
export function wholeUnits(units: number): number {
  // Adding 0 keeps -0 away.
  return Math.ceil(units - 1e-9 * Math.max(1, Math.abs(units))) + 0;
}

/** The least order of `units` or more that the terms allow; nothing for nothing. */
export function allowedOrder(units: number, terms: OrderTerms): number {
  if (units <= 0) return 0;
  return wholeUnits(Math.max(units, terms.minimumOrder) / terms.packSize) * terms.packSize;
}

/**
 * The order of the (s, S) policy (Silver, Pyke & Peterson, chapter 7): nothing while the position - on hand and on
 * order - is above the reorder point, else what lifts it to `orderUpTo`, and as much more as the terms demand.
 */
export function orderNow(
  position: number,
  reorderPoint: number,
  orderUpTo: number,
  terms: OrderTerms,
): number {
  return position > reorderPoint ? 0 : allowedOrder(orderUpTo - position, terms);
}
