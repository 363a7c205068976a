// What an order of goods goes by beside stock and demand: how well it is to serve, how long it takes, what is delivered.

import { FlywheelError } from '../../core/errors.js';

/** Times in days, amounts in units of the product. */
export interface ReorderTerms {
  /** The chance that stock is to last until an order arrives. */
  readonly serviceLevel: number;
  /** Days from an order to its arrival, in the mean. */
  readonly leadTimeDays: number;
  /** Their standard deviation. */
  readonly leadTimeDeviationDays: number;
  /** Days from one look at the stock to the next; 0 when it is always watched. */
  readonly reviewDays: number;
  /** Days that an order is to last beyond the reorder point. */
  readonly coverDays: number;
  /** The least that one order may be; 0 when there is none. */
  readonly minimumOrder: number;
  /** Orders are multiples of it. */
  readonly orderMultiple: number;
  /** Stock that lasts longer than so many days is too much. */
  readonly overstockDays: number;
}

type Bounds = Readonly<Record<keyof ReorderTerms, { readonly least: number; readonly most: number }>>;

/** What each may be, both ends among it. */
export const termBounds = {
  serviceLevel: { least: 0.5, most: 0.9999 },
  leadTimeDays: { least: 0, most: 365 },
  leadTimeDeviationDays: { least: 0, most: 365 },
  reviewDays: { least: 0, most: 365 },
  coverDays: { least: 0, most: 365 },
  minimumOrder: { least: 0, most: 1e9 },
  orderMultiple: { least: 0.001, most: 1e9 },
  overstockDays: { least: 1, most: 3_650 },
} as const satisfies Bounds;

const names: readonly (keyof ReorderTerms)[] = [
  'serviceLevel',
  'leadTimeDays',
  'leadTimeDeviationDays',
  'reviewDays',
  'coverDays',
  'minimumOrder',
  'orderMultiple',
  'overstockDays',
];

/** The terms as they are; fails with BAD_INPUT where one is out of its bounds, or a lead time of 0 varies. */
export function checkTerms(terms: ReorderTerms): ReorderTerms {
  for (const name of names) {
    const { least, most } = termBounds[name];
    const value = terms[name];
    if (value >= least && value <= most) continue;
    throw new FlywheelError('BAD_INPUT', `\`${name}\` is ${value}; it must be from ${least} to ${most}.`);
  }
  if (terms.leadTimeDays === 0 && terms.leadTimeDeviationDays > 0) {
    throw new FlywheelError(
      'BAD_INPUT',
      '`leadTimeDays` is 0, which cannot vary; set `leadTimeDeviationDays` to 0 too.',
    );
  }
  return terms;
}
