// Every learner: where its examples come from, what it reads of them, what it predicts. A new one is declared here.

import type { Feature } from '../../math/online/feature-vector.js';
import { type SgdParameters, sgdDefaults } from '../../math/online/sgd.js';
import type { SaleFact } from '../../warehouse/stream/facts.js';
import type { Beliefs } from './beliefs.js';
import { type Example, type Fact, type Meeting, meetingOf } from './example.js';
import type { Known } from './knowledge.js';
import { responseBeliefs, responseFeatures, responseOf } from './response-features.js';
import type { ShownFacts } from './teacher-contract.js';

export interface LearnerDeclaration {
  /** As `predict` names it. */
  readonly name: string;
  /** To be raised whenever anything below changes: a new version learns anew from the first example. */
  readonly version: number;
  readonly description: string;
  /** A regression predicts a number, a classification the probability that the outcome is 1 and not 0. */
  readonly task: 'regression' | 'classification';
  /** The topic that its examples come from. */
  readonly topic: 'behaviour' | 'decisions';
  /** What the outcome is. */
  readonly target: string;
  readonly features: readonly Feature[];
  /** Whether numbers are standardised by what was seen of them so far. */
  readonly scaled: boolean;
  /** The steps and the penalty; those of scikit-learn's SGDRegressor unless they are given. */
  readonly sgd?: Omit<SgdParameters, 'loss'>;
  /** Learns by Bayesian logistic regression from what it believes before; a classification that scales nothing. */
  readonly beliefs?: Beliefs;
  /**
   * What a fact teaches, beside it what was known before it; undefined for nothing. Events of the type `example` are
   * read for every learner beside.
   */
  readonly exampleOf: (given: Fact, known: (given: Fact) => Known) => Example | undefined;
  /**
   * What it would read of a customer who meets a product, as `exampleOf` does of a fact that says so; without it, it
   * cannot be asked about the two.
   */
  readonly featuresOf?: (meeting: Meeting, known: Known) => Example['features'];
  /**
   * What it reads of a product that a decision shows; without it, it cannot be asked to score products, nor be taught
   * what became of them.
   */
  readonly shownFeaturesOf?: (facts: ShownFacts) => Example['features'];
}

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const hours = Array.from({ length: 24 }, (_, hour) => String(hour));

/** Who does something with what, when (UTC), and what was known of both before: counts and prices as logarithms. */
const situation: readonly Feature[] = [
  { name: 'customer', kind: 'hashed', buckets: 128 },
  { name: 'product', kind: 'hashed', buckets: 256 },
  { name: 'weekday', kind: 'category', values: days },
  { name: 'hour', kind: 'category', values: hours },
  { name: 'price', kind: 'number' },
  { name: 'soldLately', kind: 'number' },
  { name: 'boughtBefore', kind: 'number' },
];

/** A customer or a product is met a few times only, so each meeting must count. */
const ofSituations = { ...sgdDefaults, eta0: 0.2, alpha: 1e-5 };

function situationOf({ customer, product, atMs }: Meeting, known: Known): Example['features'] {
  const at = new Date(atMs);
  return {
    customer,
    product,
    weekday: days[at.getUTCDay()],
    hour: hours[at.getUTCHours()],
    price: logOf(known.product?.price),
    soldLately: logOf(known.product?.soldLately),
    boughtBefore: logOf(known.customer?.boughtBefore),
  };
}

function situationExample(given: Fact, known: (given: Fact) => Known, outcome: number): Example | undefined {
  const meeting = meetingOf(given);
  return meeting && { features: situationOf(meeting, known(given)), outcome };
}

/** ln(1 + value) to three digits behind the point, which is all that counts say. */
function logOf(value: number | null | undefined): number | null {
  return value === null || value === undefined || !(value >= 0)
    ? null
    : Math.round(1_000 * Math.log1p(value)) / 1_000;
}

/** Looks that may end in a purchase. */
const looks: ReadonlySet<string> = new Set(['view', 'click', 'add_to_cart']);

/** A line without units or money is a correction or a loss, even where its source calls it a sale. */
function isBought({ kind, quantity, amount }: SaleFact): boolean {
  return kind === 'SALE' && Number(quantity) > 0 && Number(amount) > 0;
}

export const learners: readonly LearnerDeclaration[] = [
  {
    name: 'line',
    version: 1,
    description: 'A number from two numbers, by a straight line; learns only from events that name it.',
    task: 'regression',
    topic: 'behaviour',
    target: 'the value of the event',
    features: [
      { name: 'x1', kind: 'number' },
      { name: 'x2', kind: 'number' },
    ],
    scaled: false,
    exampleOf: () => undefined,
  },
  {
    name: 'click',
    version: 2,
    description: 'Whether a customer who meets a product clicks on it (1) or only looks at it (0).',
    task: 'classification',
    topic: 'behaviour',
    target: '1 for a click, 0 for a view',
    features: situation,
    scaled: true,
    sgd: ofSituations,
    exampleOf: (given, known) => {
      const { table, fact } = given;
      if (table !== 'fact_event' || (fact.type !== 'click' && fact.type !== 'view')) return undefined;
      return situationExample(given, known, fact.type === 'click' ? 1 : 0);
    },
    featuresOf: situationOf,
  },
  {
    name: 'purchase',
    version: 2,
    description: 'Whether what a customer does with a product is to buy it (1) or to look at it (0).',
    task: 'classification',
    topic: 'behaviour',
    target: '1 for a line that is bought, 0 for a view, a click or a product put into the cart',
    features: situation,
    scaled: true,
    sgd: ofSituations,
    exampleOf: (given, known) => {
      const { table, fact } = given;
      const isSale = table === 'fact_sales';
      if (isSale ? !isBought(fact) : !looks.has(fact.type)) return undefined;
      return situationExample(given, known, isSale ? 1 : 0);
    },
    featuresOf: situationOf,
  },
  {
    name: 'response',
    version: 1,
    description:
      'Whether a customer answers a product that a decision shows, by a click, the cart or a purchase (1), or does not (0); learns what became of decisions once their time is over.',
    task: 'classification',
    topic: 'decisions',
    target: '1 where the customer answered in time, else 0',
    features: responseFeatures,
    scaled: false,
    beliefs: responseBeliefs,
    exampleOf: () => undefined,
    shownFeaturesOf: responseOf,
  },
];
