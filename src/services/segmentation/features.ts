// Customers as rows of numbers.

import type { CustomerValues } from '../../warehouse/service-reads/customer-values.js';
import type { CustomerFeatures } from './contract.js';
import type { SegmentationModel } from './model.js';

/** The features of a customer; spend per order where the model wants that, 0 without an order. */
export function featuresOf(
  { recencyDays, orders, spend }: CustomerValues,
  meaning: SegmentationModel['spend'],
): CustomerFeatures {
  return {
    recencyDays,
    frequency: orders,
    spend: meaning === 'average' ? spend / Math.max(1, orders) : spend,
  };
}

/** One row per customer, in the order of `featureColumns`. All of them have an order. */
export function featureRows(
  buyers: readonly CustomerValues[],
  meaning: SegmentationModel['spend'],
): Float64Array {
  return Float64Array.from(
    buyers.flatMap((buyer) => {
      const { recencyDays, frequency, spend } = featuresOf(buyer, meaning);
      return [recencyDays ?? 0, frequency, spend];
    }),
  );
}
