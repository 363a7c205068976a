// The simulated shop as the records of its files, and the mappings by which the loader reads them.

import type { ShopInvoice } from './act.js';
import type { StockLevel } from './stock.js';
import type { Product, Shopper, ShopWorld } from './world.js';

const sourceName = 'simulated-shop';

/** The mapping of each file: a MAP.json for `flywheel load --mapping`. */
export const shopMappings = {
  products: {
    model: 'Product',
    format: 'jsonl',
    source: sourceName,
    fields: { code: 'code', name: 'name', category: 'category', description: 'description' },
  },
  customers: {
    model: 'Customer',
    format: 'jsonl',
    source: sourceName,
    fields: { code: 'code', name: 'name', region: 'region' },
  },
  sales: {
    model: 'Sale',
    format: 'jsonl',
    source: sourceName,
    dates: 'iso',
    fields: {
      invoice: 'invoice',
      line: 'line',
      kind: 'kind',
      product: 'product',
      customer: 'customer',
      region: 'region',
      quantity: 'quantity',
      unitPrice: 'unit_price',
      soldAt: 'sold_at',
    },
  },
  stock: {
    model: 'StockLevel',
    format: 'jsonl',
    source: sourceName,
    dates: 'iso',
    fields: { product: 'product', quantity: 'quantity', countedAt: 'counted_at' },
  },
} as const;

/** Cents as the digits of a JSON number, so that no price passes through a float. */
function decimalText(cents: number): string {
  const digits = String(Math.abs(cents)).padStart(3, '0');
  return `${cents < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** An instant in whole seconds, as in 2026-03-01T09:30:00Z. */
function instantText(instantMs: number): string {
  return `${new Date(instantMs).toISOString().slice(0, 19)}Z`;
}

export function productLine(world: ShopWorld, product: Product): string {
  const { code, name, description } = product;
  return JSON.stringify({ code, name, category: world.categories[product.category]?.name, description });
}

export function customerLine(world: ShopWorld, customer: Shopper): string {
  const { code, name } = customer;
  return JSON.stringify({ code, name, region: world.regions[customer.region]?.name });
}

export function stockLine(level: StockLevel, countedAtMs: number): string {
  return JSON.stringify({
    product: level.product.code,
    quantity: level.quantity,
    counted_at: instantText(countedAtMs),
  });
}

/** The lines of an invoice, each a record of its own. */
export function* invoiceLines(world: ShopWorld, invoice: ShopInvoice): Generator<string, void, undefined> {
  const customer = JSON.stringify(invoice.shopper.code);
  const region = JSON.stringify(world.regions[invoice.shopper.region]?.name);
  const head = `{"invoice":"${invoice.invoice}","kind":"${invoice.kind}","sold_at":"${instantText(invoice.soldAtMs)}","customer":${customer},"region":${region}`;
  for (const [place, line] of invoice.lines.entries()) {
    yield `${head},"line":${place + 1},"product":"${line.product.code}","quantity":${line.quantity},"unit_price":${decimalText(line.unitPriceCents)}}`;
  }
}
