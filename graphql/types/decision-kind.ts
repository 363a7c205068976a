// What a decision is about, as the API names it.

import type { DecisionKind } from '../../src/events/decision.js';
import { builder } from '../builder.js';

const kinds = {
  RECOMMEND: {
    value: 'RECOMMEND',
    description: 'Products, or an offer on one, that a customer is shown.',
  },
  CAMPAIGN: { value: 'CAMPAIGN', description: 'An offer that a campaign makes to a customer.' },
  REORDER: { value: 'REORDER', description: 'Goods of a product that should be ordered.' },
} as const satisfies Readonly<Record<DecisionKind, object>>;

export const decisionKind = builder.enumType('DecisionKind', {
  description: 'What a decision is about.',
  values: kinds,
});
