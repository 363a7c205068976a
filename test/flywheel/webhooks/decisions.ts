// Decisions for webhooks to be told of.

import { type Decision, type DecisionContent, withId } from '../../../src/events/decision.js';

/** A decision; another number makes another. */
export function decisionOf(number: number, other: Partial<DecisionContent> = {}): Decision {
  return withId({
    kind: 'RECOMMEND',
    customer: 'C001',
    product: null,
    cause: 'asked',
    policy: 'blend',
    policyPropensity: 0.5,
    model: 'recommendation 3',
    experiment: 'holdout',
    arm: 'TREATED',
    candidates: 40,
    position: '{}',
    details: { number },
    decidedAtMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
    slots: [
      { product: 'P001', choice: null, score: 2.5, propensity: 0.75, features: { price: 3 } },
      { product: 'P002', choice: 'DISCOUNT_10', score: 1, propensity: 1, features: null },
    ],
    ...other,
  });
}
