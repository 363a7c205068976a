// Whether a product is to be ordered, how much of it, and how that was worked out.

import { FlywheelError } from '../../src/core/errors.js';
import {
  type KnownStock,
  onHandOf,
  type ReorderStatus,
} from '../../src/flywheel/stock/reorder-of-product.js';
import { type ReorderTerms, termBounds } from '../../src/flywheel/stock/reorder-terms.js';
import { unitPeriodsMax } from '../../src/warehouse/service-reads/product-series.js';
import { builder } from '../builder.js';
import { reorderAnswer, type ServedReorder, termsOf } from '../reorder-answer.js';
import { degradedField, modelField } from '../served-fields.js';

const statusDescriptions: Readonly<Record<ReorderStatus, string>> = {
  ORDER_NOW: 'Stock, with what is on order, is not above the reorder point: order now.',
  ENOUGH: 'Nothing has to be ordered yet.',
  OVERSTOCK: 'There is more than will be sold in the days that stock may last.',
  UNKNOWN: 'The stock was never counted, or the product was not sold; `reason` says which.',
};

const status = builder.enumType('ReorderStatus', {
  description: 'How the stock of a product stands.',
  values: {
    ORDER_NOW: { description: statusDescriptions.ORDER_NOW },
    ENOUGH: { description: statusDescriptions.ENOUGH },
    OVERSTOCK: { description: statusDescriptions.OVERSTOCK },
    UNKNOWN: { description: statusDescriptions.UNKNOWN },
  },
});

const stock = builder.objectRef<KnownStock>('ReorderStock').implement({
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

const demand = builder.objectRef<KnownDemand>('ReorderDemand').implement({
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

const terms = builder.objectRef<ReorderTerms>('ReorderTerms').implement({
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

/** What depends on stock is null while that is not known. */
const counted = ({ reorder: { advice, stock } }: ServedReorder) => (stock === null ? null : advice);
const finite = (value: number | undefined) => (value !== undefined && Number.isFinite(value) ? value : null);
const standIn =
  ' The demand is a stand-in, because the forecaster did not answer in time; ask again before you order.';

const reorderAdvice = builder.objectRef<ServedReorder>('ReorderAdvice').implement({
  description: 'Whether to order a product and how much, with all that it was worked out from.',
  fields: (t) => ({
    status: t.field({
      type: status,
      description: 'How the stock stands.',
      resolve: ({ reorder }) => reorder.status,
    }),
    reason: t.string({
      description: 'Why it stands so, in a sentence.',
      resolve: ({ reorder, degraded }) => (degraded ? `${reorder.reason}${standIn}` : reorder.reason),
    }),
    orderQuantity: t.float({
      nullable: true,
      description: 'Units to order now; 0 where nothing has to be ordered, null where that is not known.',
      resolve: (answer) => counted(answer)?.orderQuantity ?? null,
    }),
    reorderPoint: t.float({
      nullable: true,
      description:
        'Order when stock, with what is on order, is no higher than this; null where the product was not sold.',
      resolve: ({ reorder }) => reorder.advice?.reorderPoint ?? null,
    }),
    orderUpTo: t.float({
      nullable: true,
      description: 'What an order lifts stock to, with what is on order.',
      resolve: ({ reorder }) => reorder.advice?.orderUpTo ?? null,
    }),
    safetyStock: t.float({
      nullable: true,
      description: 'The part of the reorder point that is kept for days when more is sold than expected.',
      resolve: ({ reorder }) => reorder.advice?.safetyStock ?? null,
    }),
    safetyFactor: t.float({
      nullable: true,
      description: 'Safety stock in deviations of the demand.',
      resolve: ({ reorder }) => reorder.advice?.safetyFactor ?? null,
    }),
    serviceLevel: t.float({
      nullable: true,
      description: 'How likely stock lasts until the order comes when it is made at the reorder point.',
      resolve: ({ reorder }) => reorder.advice?.service?.cycleService ?? null,
    }),
    fillRate: t.float({
      nullable: true,
      description: 'The share of demand that is then served from stock.',
      resolve: ({ reorder }) => reorder.advice?.service?.fillRate ?? null,
    }),
    daysOfStock: t.float({
      nullable: true,
      description: 'How many days the units in stock last; null where that is not known, or nothing is sold.',
      resolve: (answer) => finite(counted(answer)?.cover?.days),
    }),
    unitsTooMany: t.float({
      nullable: true,
      description: 'Units in stock beyond what the days allowed ask for.',
      resolve: (answer) => counted(answer)?.cover?.unitsTooMany ?? null,
    }),
    formula: t.string({
      nullable: true,
      description: 'How reorder point and order were worked out, step by step, with the figures.',
      resolve: ({ reorder }) => reorder.formula,
    }),
    stock: t.field({
      type: stock,
      nullable: true,
      description: 'What is believed to be there; null where it was never counted.',
      resolve: ({ reorder }) => reorder.stock,
    }),
    onOrder: t.float({
      description: 'Units on order, as they were given.',
      resolve: ({ reorder }) => reorder.onOrder,
    }),
    demand: t.field({
      type: demand,
      nullable: true,
      description: 'What is expected to be sold; null where the product was not sold.',
      resolve: ({ reorder: { demand, advice }, from, result }) =>
        demand === null || advice === null ? null : { demand, advice, from, result },
    }),
    terms: t.field({
      type: terms,
      description: 'What the advice goes by.',
      resolve: ({ reorder }) => reorder.terms,
    }),
    model: modelField(t),
    degraded: degradedField(t),
  }),
});

function within(name: keyof typeof termBounds): string {
  const { least, most } = termBounds[name];
  return `From ${least} to ${most}; as configured unless you say otherwise.`;
}

/** What an answer is taken to touch: the sales of some years, and those since the count. */
const answerCostRows = 1_500;

const onOrderMax = 1e9;

function checkOnOrder(units: number): number {
  if (units >= 0 && units <= onOrderMax) return units;
  throw new FlywheelError('BAD_INPUT', `\`onOrder\` is ${units}; it must be from 0 to ${onOrderMax}.`);
}

builder.prismaObjectField('Product', 'reorder', (t) =>
  t.field({
    type: reorderAdvice,
    nullable: true,
    select: { code: true },
    description: `Whether to order this product now, and how much: from what is in stock and what is expected to be sold until an order comes. Stock is the last count, by an event of the type \`stock\` or a file of stock levels, less what was sold since. Demand is forecast by days, from at most ${unitPeriodsMax} days up to the one of the newest sale of the shop. Null, with an error that says why, when it cannot be asked so.`,
    args: {
      serviceLevel: t.arg.float({
        description: `How likely stock is to last until an order comes. ${within('serviceLevel')}`,
      }),
      leadTimeDays: t.arg.float({
        description: `Days from an order to its arrival, in the mean. ${within('leadTimeDays')}`,
      }),
      leadTimeDeviationDays: t.arg.float({
        description: `By how many days that varies: its standard deviation. ${within('leadTimeDeviationDays')}`,
      }),
      reviewDays: t.arg.float({
        description: `Days from one look at the stock to the next; 0 when it is always watched. ${within('reviewDays')}`,
      }),
      coverDays: t.arg.float({
        description: `Days that an order is to last beyond the reorder point. ${within('coverDays')}`,
      }),
      minimumOrder: t.arg.float({
        description: `The least that one order may be. ${within('minimumOrder')}`,
      }),
      orderMultiple: t.arg.float({
        description: `Orders are multiples of it, such as the size of a pack. ${within('orderMultiple')}`,
      }),
      overstockDays: t.arg.float({
        description: `How many days stock may last before it is too much. ${within('overstockDays')}`,
      }),
      onOrder: t.arg.float({
        required: true,
        defaultValue: 0,
        description: 'Units that were ordered and have not come yet.',
      }),
    },
    extensions: { costRows: answerCostRows },
    resolve: ({ code }, { onOrder, ...asked }, context) =>
      reorderAnswer(code, termsOf(asked, context.reorderTerms), checkOnOrder(onOrder), context),
  }),
);
