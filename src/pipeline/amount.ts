// What a line of a purchase comes to, and whether the warehouse can hold it.

import type { EventLine } from '../events/event.js';
import { multiplyDecimals } from '../warehouse/load/decimals.js';

const amountSize = { precision: 15, scale: 4 } as const;

/** Quantity times unit price, to four decimal places, or the reason why it cannot be kept. */
export function amountOf(quantity: string, unitPrice: string): string | { readonly reason: string } {
  return multiplyDecimals(quantity, unitPrice, amountSize);
}

/** Why the lines of a purchase or a return cannot be kept; undefined when they can. */
export function faultOfLines(lines: readonly EventLine[]): string | undefined {
  for (const { product, quantity, unitPrice } of lines) {
    const amount = unitPrice === null ? '' : amountOf(quantity, unitPrice);
    if (typeof amount !== 'string') return `The amount of product ${product} ${amount.reason}.`;
  }
  return undefined;
}
