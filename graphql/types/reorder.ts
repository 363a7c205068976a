// Whether a product is to be ordered, how much of it, and how that was worked out.

import { FlywheelError } from '../../src/core/errors.js';
import type { ReorderStatus } from '../../src/flywheel/stock/reorder-of-product.js';
import { termBounds } from '../../src/flywheel/stock/reorder-terms.js';
import { unitPeriodsMax } from '../../src/warehouse/service-reads/product-series.js';
import { builder } from '../builder.js';
import { reorderAnswer, type ServedReorder, termsOf } from '../reorder-answer.js';
import { degradedField, modelField } from '../served-fields.js';
import { reorderDemand, reorderStock, reorderTerms } from './reorder-inputs.js';

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
      type: reorderStock,
      nullable: true,
      description: 'What is believed to be there; null where it was never counted.',
      resolve: ({ reorder }) => reorder.stock,
    }),
    onOrder: t.float({
      description: 'Units on order, as they were given.',
      resolve: ({ reorder }) => reorder.onOrder,
    }),
    demand: t.field({
      type: reorderDemand,
      nullable: true,
      description: 'What is expected to be sold; null where the product was not sold.',
      resolve: ({ reorder: { demand, advice }, from, result }) =>
        demand === null || advice === null ? null : { demand, advice, from, result },
    }),
    terms: t.field({
      type: reorderTerms,
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
