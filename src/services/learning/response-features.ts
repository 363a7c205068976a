// What the learner of responses reads of a product that is shown, and what it believes of it before it has seen any.

import type { Feature } from '../../math/online/feature-vector.js';
import type { Beliefs } from './beliefs.js';
import type { Example } from './example.js';
import type { ShownFacts } from './teacher-contract.js';

/** Two values as one, with the separator of units between them. */
const crossed = (one: string, other: string | null) => (other === null ? null : `${one}\u001f${other}`);

/** The upper ends of bands of shares: what is told apart most is whether there is anything at all. */
const bandEnds = [0, 0.1, 0.25, 0.5, 0.75, 1] as const;
const bandNames: readonly string[] = bandEnds.map(String);

/** The band that a share lies in, by its upper end; so that an answer may rise with it in any way. */
function bandOf(share: number | null): string | null {
  return share === null ? null : String(bandEnds.find((end) => share <= end) ?? 1);
}

export const responseFeatures: readonly Feature[] = [
  { name: 'customer', kind: 'hashed', buckets: 1024 },
  { name: 'product', kind: 'hashed', buckets: 512 },
  { name: 'category', kind: 'hashed', buckets: 64 },
  { name: 'customerCategory', kind: 'hashed', buckets: 8192 },
  { name: 'segmentCategory', kind: 'hashed', buckets: 128 },
  { name: 'customerProduct', kind: 'hashed', buckets: 2048 },
  { name: 'recommended', kind: 'number' },
  { name: 'recommendedBand', kind: 'category', values: bandNames },
  { name: 'lately', kind: 'category', values: bandNames },
  { name: 'usually', kind: 'category', values: bandNames },
  { name: 'seen', kind: 'category', values: bandNames },
  { name: 'slot', kind: 'number' },
];

/**
 * Found on synthetic shops in which customers like some categories more than others. Tastes of a customer differ by about
 * a factor of e, all else by less. What is met by one customer alone is met seldom, so it must be given up within some
 * dozens of meetings; what all customers share, within thousands.
 */
export const responseBeliefs: Beliefs = {
  intercept: { deviation: 2, fading: 1e-5 },
  features: {
    customer: { deviation: 0.3, fading: 0.01 },
    product: { deviation: 0.3, fading: 0.001 },
    category: { deviation: 0.3, fading: 0.0005 },
    customerCategory: { deviation: 1, fading: 0.02 },
    segmentCategory: { deviation: 0.4, fading: 0.001 },
    customerProduct: { deviation: 0.3, fading: 0.02 },
    // How far these can be trusted changes with the shop, for everybody at once: some thousand meetings tell it.
    recommended: { deviation: 1, fading: 3e-4 },
    recommendedBand: { deviation: 0.5, fading: 3e-4 },
    lately: { deviation: 1, fading: 3e-4 },
    usually: { deviation: 1, fading: 3e-4 },
    seen: { deviation: 0.5, fading: 3e-4 },
    slot: { deviation: 1, fading: 1e-5 },
  },
};

/** The values of the features: the same of a product that may be shown as of one that was. */
export function responseOf(facts: ShownFacts): Example['features'] {
  const { customer, segment, product, category, recommended, lately, usually, seen, slot } = facts;
  return {
    customer,
    product,
    category,
    customerCategory: crossed(customer, category),
    segmentCategory: segment === null ? null : crossed(segment, category),
    customerProduct: crossed(customer, product),
    // About 0, so that what is common to all stands in the intercept.
    recommended: recommended === null ? null : recommended - 0.5,
    recommendedBand: bandOf(recommended),
    lately: bandOf(lately),
    usually: bandOf(usually),
    seen: bandOf(seen),
    slot: (slot - 1) / 10,
  };
}
