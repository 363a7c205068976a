// What the advice to order a product is worked out from: its stock, its demand and the terms of orders.

import { type KnownStock, onHandOf } from '../../src/flywheel/stock/reorder-of-product.js';
import type { ReorderTerms } from '../../src/flywheel/stock/reorder-terms.js';
import { builder } from '../builder.js';
import type { ServedReorder } from '../reorder-answer.js';

export const reorderStock = builder.objectRef<KnownStock>('ReorderStock').implement({
  description: 'How many units are believed to be in stock, and why.',
  fields: (t) => ({
    units: t.float({
      description: 'The last count less what was sold since; below 0 when more was sold than was counted.',
      resolve: onHandOf,
    }),
    counted: t.exposeFloat('counted', { description: 'How many units were counted.' }),
    countedAt: t.expose('countedAt', { type: 'DateTime', description: 'When they were counted.' }),
    soldSince: t.exposeFloat('soldSince', {
      description: 'Units sold after the count, less those that came back.',
    }),
  }),
});

interface DemandDay {
  readonly at: Date;
  readonly units: number;
  readonly deviation: number;
}

const demandDay = builder.objectRef<DemandDay>('ReorderDemandDay').implement({
  description: 'What is expected to be sold on one day.',
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime', description: 'When the day begins, in UTC.' }),
    units: t.exposeFloat('units', { description: 'Units that are expected to be sold.' }),
    deviation: t.exposeFloat('deviation', {
      description: 'How far off the day may be: its standard deviation, from the intervals of the forecast.',
    }),
  }),
});

/** What the demand of a product is read from: an answer that has one. */
type KnownDemand = Pick<ServedReorder, 'from' | 'result'> & {
  readonly demand: NonNullable<ServedReorder['reorder']['demand']>;
  readonly advice: NonNullable<ServedReorder['reorder']['advice']>;
};

const dayMs = 86_400_000;

/** The last one stands for all days after those that were forecast. */
function daysOf({ demand: { means, deviations }, from }: KnownDemand): DemandDay[] {
  if (from === null) return [];
  return Array.from(means.subarray(0, -1), (units, day) => ({
    at: new Date(from.getTime() + day * dayMs),
    units,
    deviation: deviations[day] ?? 0,
  }));
}

export const reorderDemand = builder.objectRef<KnownDemand>('ReorderDemand').implement({
  description: 'What is expected to be sold until an order that is made now has come.',
  fields: (t) => ({
    days: t.float({
      description:
        'How many days that are: the lead time and the days from one look at the stock to the next.',
      resolve: ({ advice }) => advice.protectedPeriods,
    }),
    units: t.float({
      description: 'Units that are expected to be sold in these days.',
      resolve: ({ advice }) => advice.protectedDemand.mean,
    }),
    unitsPerDay: t.float({
      nullable: true,
      description: 'The same for a day; null where an order comes at once.',
      resolve: ({ advice: { protectedDemand, protectedPeriods } }) =>
        protectedPeriods > 0 ? protectedDemand.mean / protectedPeriods : null,
    }),
    deviation: t.float({
      description: 'How far off that may be: the standard deviation, in units.',
      resolve: ({ advice }) => advice.protectedDemand.deviation,
    }),
    varianceOfDemand: t.float({
      description: 'The part of its square that comes from demand.',
      resolve: ({ advice }) => advice.protectedDemand.varianceOfDemand,
    }),
    varianceOfLeadTime: t.float({
      description: 'The part of its square that comes from a lead time that varies.',
      resolve: ({ advice }) => advice.protectedDemand.varianceOfLeadTime,
    }),
    distribution: t.string({
      description: 'How demand is taken to be spread: NORMAL, POISSON, NEGATIVE_BINOMIAL, or CERTAIN.',
      resolve: ({ advice }) => advice.distribution,
    }),
    why: t.string({
      description: 'Why it is taken to be so, in one sentence.',
      resolve: ({ advice }) => advice.why,
    }),
    forecastBy: t.string({
      nullable: true,
      description: 'How the days were forecast, in words.',
      resolve: ({ result }) => result?.method ?? null,
    }),
    daily: t.field({
      type: [demandDay],
      description:
        'The days that were forecast, from the one after the newest sale of the shop on; after the last one, the mean day of its week is taken to go on.',
      resolve: daysOf,
    }),
  }),
});

export const reorderTerms = builder.objectRef<ReorderTerms>('ReorderTerms').implement({
  description: 'What the advice goes by, as it was asked for or is configured.',
  fields: (t) => ({
    serviceLevel: t.exposeFloat('serviceLevel', {
      description: 'How likely stock is to last until an order comes.',
    }),
    leadTimeDays: t.exposeFloat('leadTimeDays', {
      description: 'Days from an order to its arrival, in the mean.',
    }),
    leadTimeDeviationDays: t.exposeFloat('leadTimeDeviationDays', {
      description: 'By how many days that varies: its standard deviation.',
    }),
    reviewDays: t.exposeFloat('reviewDays', { description: 'Days from one look at the stock to the next.' }),
    coverDays: t.exposeFloat('coverDays', {
      description: 'Days that an order is to last beyond the reorder point.',
    }),
    minimumOrder: t.exposeFloat('minimumOrder', { description: 'The least that one order may be.' }),
    orderMultiple: t.exposeFloat('orderMultiple', { description: 'Orders are multiples of it.' }),
    overstockDays: t.exposeFloat('overstockDays', { description: 'How many days stock may last.' }),
  }),
});
