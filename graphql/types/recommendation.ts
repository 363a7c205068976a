// Recommendations: what a customer may like, what is like a product, and how a customer would rate one.

import { FlywheelError } from '../../src/core/errors.js';
import { type Arm, arms } from '../../src/flywheel/decide/arms.js';
import { decidedMax } from '../../src/flywheel/decide/decider.js';
import type { ScoredProduct, ScoredProducts, Strategy } from '../../src/services/recommendation/contract.js';
import { listedMax, reasonsMax, strategies } from '../../src/services/recommendation/contract.js';
import type { ProductRow } from '../../src/warehouse/service-reads/products.js';
import { builder } from '../builder.js';
import { checkCount } from '../check-count.js';
import type { GatewayContext } from '../context.js';
import { requireWriter } from '../require-writer.js';
import { degradedField, modelField } from '../served-fields.js';
import type { Served } from '../service-calls.js';
import { product } from './product.js';

const strategyDescriptions: Readonly<Record<Strategy, string>> = {
  AUTO: 'The blend that did best on a month that was held back, by how much is known of the customer; what sells now for a newcomer.',
  POPULARITY: 'What most customers bought in the last 30 days.',
  CONTENT:
    'What reads like the products that the customer bought: words of names, descriptions and categories.',
  USER_CF: 'What customers with similar purchases bought.',
  ITEM_KNN: 'What is bought by the customers who bought the same products.',
  EASE: 'As ITEM_KNN, with weights that are fitted to all purchases together.',
  NMF: 'What fits the tastes that all purchases are made of, found by non-negative matrix factorisation.',
  ALS: 'What fits hidden tastes, found by alternating least squares on who bought what.',
};

const strategy = builder.enumType('RecommendationStrategy', {
  description: 'How products are chosen for a customer.',
  values: Object.fromEntries(
    strategies.map((name) => [name, { value: name, description: strategyDescriptions[name] }]),
  ),
});

const refused = 'Null, with an error that says why, when it cannot be asked so.';

/** A proposal with its product at hand: a promise for each of a thousand would cost more than all that it promises. */
interface Proposal extends ScoredProduct {
  readonly found: ProductRow | null;
}

interface Proposals extends Served<readonly Proposal[]> {
  readonly decision?: string | null;
  readonly arm?: Arm | null;
}

/** A service may give more than was asked for, and than the cost of the request counts; that is cut off. */
async function proposalsOf(
  asked: Promise<Served<ScoredProducts>>,
  first: number,
  context: GatewayContext,
): Promise<Proposals> {
  const { result, ...served } = await asked;
  if (result === null) return { ...served, result };
  const items = result.items.slice(0, first);
  const products = await context.products(items.map((item) => item.product));
  return {
    ...served,
    // Spelt out: a spread of each costs fifty times as much in Node 20.
    result: items.map(({ product, score, because }, place) => ({
      product,
      score,
      because,
      found: products[place] ?? null,
    })),
  };
}

const recommendation = builder.objectRef<Proposal>('Recommendation').implement({
  description: 'A product that is proposed, and what speaks for it.',
  fields: (t) => ({
    product: t.field({
      type: product,
      nullable: true,
      description: 'The product; null where it has left the warehouse since the model was trained.',
      resolve: ({ found }) => found,
    }),
    score: t.exposeFloat('score', {
      description: 'How well it fits: the larger the better, comparable within one list only.',
    }),
    because: t.field({
      type: [product],
      extensions: { costTimes: reasonsMax },
      description:
        'The products of the customer that speak most for it, the strongest first; empty where only its sales do.',
      resolve: async ({ because }, _args, context) => {
        const found = await context.products(because);
        return found.filter((product) => product !== null);
      },
    }),
  }),
});

const armDescriptions: Readonly<Record<Arm, string>> = {
  HOLDOUT: 'Gets what sells best, whoever they are, so that all else can be compared with it.',
  CHAMPION: 'Is served by the model that serves.',
  CHALLENGER: 'Is served by the model that is on trial.',
};

const armEnum = builder.enumType('Arm', {
  description: 'The part of the customers that somebody belongs to while ways to decide are compared.',
  values: Object.fromEntries(arms.map((name) => [name, { value: name, description: armDescriptions[name] }])),
});

const recommendations = builder.objectRef<Proposals>('Recommendations').implement({
  description: 'Products that are proposed, the best first.',
  fields: (t) => ({
    items: t.field({
      type: [recommendation],
      description: 'The products; empty where nothing is known.',
      resolve: ({ result }) => [...(result ?? [])],
    }),
    decision: t.id({
      nullable: true,
      description:
        'The id of the decision, to be named by the events of showing it and of what is done about it; null where nothing was decided.',
      resolve: ({ decision }) => decision ?? null,
    }),
    arm: t.field({
      type: armEnum,
      nullable: true,
      description: 'The part of the customers that this one belongs to; null where nothing was decided.',
      resolve: ({ arm }) => arm ?? null,
    }),
    model: modelField(t),
    degraded: degradedField(t),
  }),
});

const predictedRating = builder.objectRef<Served<{ readonly score: number }>>('PredictedRating').implement({
  description: 'How a customer would rate a product.',
  fields: (t) => ({
    value: t.float({
      nullable: true,
      description:
        'The rating, in the unit of the ratings that customers gave; null where nobody rated, the customer or the product is unknown, or the service is away and nothing is remembered.',
      resolve: ({ result }) => result?.score ?? null,
    }),
    model: modelField(t),
    degraded: degradedField(t),
  }),
});

/** What working out one answer is taken to touch, beside the products that it gives: all that the model knows is scored. */
const answerCostRows = 10;

const first = {
  required: true,
  defaultValue: 10,
  description: `How many products; 10 unless you say otherwise, at most ${listedMax}.`,
} as const;

const recommendArguments = builder.args((t) => ({
  first: t.int(first),
  by: t.field({
    type: strategy,
    required: true,
    defaultValue: 'AUTO',
    description: 'How the products are chosen.',
  }),
  keepOwned: t.boolean({
    description:
      'True also proposes what the customer bought already, as a shop of things that are used up may want; as the service is configured unless you say otherwise.',
  }),
  decide: t.boolean({
    required: true,
    defaultValue: false,
    description:
      'True decides: the list is chosen partly at random, so that something new is tried, and written down with its id; what becomes of it is learned from. Leave it false to look around. At most 50 products, for at most 100 customers in one request, by POST, and not for the role reader.',
  }),
}));

interface RecommendArguments {
  readonly first: number;
  readonly by: string;
  readonly keepOwned?: boolean | null | undefined;
  readonly decide: boolean;
}

/** What is decided for a customer; the products of it are fetched as those of any proposal. */
function decideFor(customer: string, { first, by, keepOwned }: RecommendArguments, context: GatewayContext) {
  requireWriter(context.scope, 'decide what customers are shown');
  if (context.isGet) {
    throw new FlywheelError('BAD_INPUT', 'A GET request only looks around; decide with a POST request.');
  }
  if (by !== 'AUTO') {
    throw new FlywheelError('BAD_INPUT', '`by` is for looking around; leave it out where you decide.');
  }
  const asked = { customer, first: checkCount('first', first, decidedMax) };
  const item = typeof keepOwned === 'boolean' ? { ...asked, keepOwned } : asked;
  const decided = context.decide(item);
  const served = decided.then(({ items, model, degraded }) => ({
    result: { items: [...items] },
    model,
    degraded,
  }));
  return proposalsOf(served, first, context).then(async (proposals) => {
    const { decision, arm } = await decided;
    return { ...proposals, decision, arm };
  });
}

function recommend(customer: string, args: RecommendArguments, context: GatewayContext) {
  if (args.decide) return decideFor(customer, args, context);
  const by = strategies.find((name) => name === args.by) ?? 'AUTO';
  const asked = { customer, first: checkCount('first', args.first, listedMax), by };
  const { keepOwned } = args;
  const item = typeof keepOwned === 'boolean' ? { ...asked, keepOwned } : asked;
  return proposalsOf(context.calls.recommend(item), asked.first, context);
}

function similarTo(code: string, first: number, context: GatewayContext) {
  return proposalsOf(
    context.calls.similar({ product: code, first: checkCount('first', first, listedMax) }),
    first,
    context,
  );
}

builder.prismaObjectFields('Customer', (t) => ({
  recommendations: t.field({
    type: recommendations,
    nullable: true,
    description: `Products that this customer may like, by all that is known of the customer now. ${refused}`,
    args: recommendArguments,
    extensions: { costBeside: answerCostRows },
    resolve: ({ code }, args, context) => recommend(code, args, context),
  }),
  predictedRating: t.field({
    type: predictedRating,
    nullable: true,
    description: `How this customer would rate a product. ${refused}`,
    args: { product: t.arg.string({ required: true, description: 'The code of the product.' }) },
    extensions: { costBeside: answerCostRows },
    resolve: ({ code }, { product }, { calls }) => calls.rating({ customer: code, product }),
  }),
}));

builder.prismaObjectFields('Product', (t) => ({
  similar: t.field({
    type: recommendations,
    nullable: true,
    description: `Products that read like this one or are bought by the same customers. ${refused}`,
    args: { first: t.arg.int(first) },
    extensions: { costBeside: answerCostRows },
    resolve: ({ code }, args, context) => similarTo(code, args.first, context),
  }),
}));

builder.queryFields((t) => ({
  recommendations: t.field({
    type: recommendations,
    nullable: true,
    description: `Products for a customer. A customer of whom nothing is known gets what most customers bought in the last 30 days. ${refused}`,
    args: {
      customer: t.arg.string({
        required: true,
        description: 'The code of the customer; it need not be known.',
      }),
      ...recommendArguments,
    },
    extensions: { costBeside: answerCostRows },
    resolve: (_root, { customer, ...args }, context) => recommend(customer, args, context),
  }),
  similar: t.field({
    type: recommendations,
    nullable: true,
    description: `Products that read like a product or are bought by the same customers. ${refused}`,
    args: {
      product: t.arg.string({ required: true, description: 'The code of the product.' }),
      first: t.arg.int(first),
    },
    extensions: { costBeside: answerCostRows },
    resolve: (_root, args, context) => similarTo(args.product, args.first, context),
  }),
}));
